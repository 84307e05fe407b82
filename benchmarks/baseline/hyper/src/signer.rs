// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

//! HMAC-SHA256 and base64 of OpenSSL 3, as the other senders use them.

use crate::Error;
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::ptr::{null, null_mut};

#[repr(C)]
struct Parameter {
    key: *const c_char,
    data_type: c_uint,
    data: *mut c_void,
    data_size: usize,
    return_size: usize,
}

#[link(name = "crypto")]
extern "C" {
    fn OSSL_PARAM_construct_utf8_string(
        key: *const c_char,
        text: *mut c_char,
        size: usize,
    ) -> Parameter;
    fn OSSL_PARAM_construct_end() -> Parameter;
    fn EVP_MAC_fetch(
        library: *mut c_void,
        algorithm: *const c_char,
        properties: *const c_char,
    ) -> *mut c_void;
    fn EVP_MAC_free(mac: *mut c_void);
    fn EVP_MAC_CTX_new(mac: *mut c_void) -> *mut c_void;
    fn EVP_MAC_CTX_free(context: *mut c_void);
    fn EVP_MAC_init(
        context: *mut c_void,
        key: *const u8,
        size: usize,
        parameters: *const Parameter,
    ) -> c_int;
    fn EVP_MAC_update(context: *mut c_void, data: *const u8, size: usize) -> c_int;
    fn EVP_MAC_final(
        context: *mut c_void,
        out: *mut u8,
        size: *mut usize,
        capacity: usize,
    ) -> c_int;
    fn EVP_EncodeBlock(out: *mut u8, data: *const u8, size: c_int) -> c_int;
    fn EVP_DecodeBlock(out: *mut u8, text: *const u8, size: c_int) -> c_int;
}

const MAC_SIZE: usize = 32;
/// Of a SHA-256 in base64.
pub const SIGNATURE_SIZE: usize = 44;

fn decode_secret(secret: &str) -> Result<Vec<u8>, Error> {
    let text = secret.strip_prefix("whsec_").unwrap_or(secret);
    let padding = text.len() - text.trim_end_matches('=').len();
    let mut key = vec![0; text.len() / 4 * 3];
    let length = c_int::try_from(text.len())?;
    // SAFETY: OpenSSL writes three bytes for each four characters, and nothing if there is a remainder.
    let size = unsafe { EVP_DecodeBlock(key.as_mut_ptr(), text.as_ptr(), length) };
    if size <= 0 || padding > 2 {
        return Err("not a Standard Webhooks secret".into());
    }
    // EVP_DecodeBlock counts the padding as bytes.
    key.truncate(size as usize - padding);
    Ok(key)
}

/// Keeps one context with the key in it.
pub struct Signer {
    mac: *mut c_void,
    context: *mut c_void,
}

// SAFETY: OpenSSL's contexts belong to no thread; whoever has the signer is alone in using them.
unsafe impl Send for Signer {}

impl Signer {
    pub fn new(secret: &str) -> Result<Self, Error> {
        let key = decode_secret(secret)?;
        let mut digest = *b"SHA256\0";
        // SAFETY: all texts end with a zero; null contexts are accepted by new and free, and not given to init.
        unsafe {
            let mac = EVP_MAC_fetch(null_mut(), b"HMAC\0".as_ptr().cast(), null());
            let signer = Self {
                mac,
                context: EVP_MAC_CTX_new(mac),
            };
            let parameters = [
                OSSL_PARAM_construct_utf8_string(
                    b"digest\0".as_ptr().cast(),
                    digest.as_mut_ptr().cast(),
                    0,
                ),
                OSSL_PARAM_construct_end(),
            ];
            if signer.context.is_null()
                || EVP_MAC_init(signer.context, key.as_ptr(), key.len(), parameters.as_ptr()) != 1
            {
                return Err("HMAC-SHA256 is not available".into());
            }
            Ok(signer)
        }
    }

    pub fn sign(
        &mut self,
        id: &[u8],
        timestamp: &[u8],
        body: &[u8],
        out: &mut [u8; SIGNATURE_SIZE],
    ) {
        let mut mac = [0; MAC_SIZE];
        let mut size = 0;
        // EVP_EncodeBlock ends its text with a zero, which must not reach the request.
        let mut text = [0; SIGNATURE_SIZE + 1];
        // SAFETY: the context is not null, and each size is that of its slice or array.
        unsafe {
            assert_eq!(EVP_MAC_init(self.context, null(), 0, null()), 1);
            for piece in [id, b".", timestamp, b".", body] {
                assert_eq!(EVP_MAC_update(self.context, piece.as_ptr(), piece.len()), 1);
            }
            assert_eq!(
                EVP_MAC_final(self.context, mac.as_mut_ptr(), &mut size, MAC_SIZE),
                1
            );
            EVP_EncodeBlock(text.as_mut_ptr(), mac.as_ptr(), MAC_SIZE as c_int);
        }
        out.copy_from_slice(&text[..SIGNATURE_SIZE]);
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        // SAFETY: both are owned by this signer; null is accepted.
        unsafe {
            EVP_MAC_CTX_free(self.context);
            EVP_MAC_free(self.mac);
        }
    }
}
