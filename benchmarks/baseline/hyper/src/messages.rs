// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

use crate::options::Options;
use crate::signer::{Signer, SIGNATURE_SIZE};
use crate::Error;
use hyper::header::{HeaderName, HeaderValue, CONTENT_TYPE, USER_AGENT};
use hyper::{Body, Method, Request, Uri};
use std::time::SystemTime;

const DIGITS: usize = 16;
const PREFIX: &[u8; 3] = b"v1,";

/// Request after request, signed.
pub struct Messages {
    url: Uri,
    body: Vec<u8>,
    /// Of the number in the body.
    number_end: usize,
    id: [u8; 36],
    timestamp: [u8; 10],
    signature: [u8; PREFIX.len() + SIGNATURE_SIZE],
    signer: Option<Signer>,
    number: u64,
}

impl Messages {
    pub fn new(wanted: &Options) -> Result<Self, Error> {
        let mut body = br#"{"type":"item.modified","id":""#.to_vec();
        body.resize(body.len() + DIGITS, b'0');
        let number_end = body.len();
        body.extend(br#"","text":""#);
        const END: &[u8] = br#""}"#;
        if wanted.body < body.len() + END.len() {
            return Err(format!("--body: at least {}", body.len() + END.len()).into());
        }
        body.resize(wanted.body - END.len(), b'x');
        body.extend(END);
        let mut signature = [0; PREFIX.len() + SIGNATURE_SIZE];
        signature[..PREFIX.len()].copy_from_slice(PREFIX);
        Ok(Self {
            url: wanted.url().parse()?,
            body,
            number_end,
            id: *b"00000000-0000-7000-8000-000000000000",
            timestamp: [b'0'; 10],
            signature,
            signer: if wanted.is_signed() {
                Some(Signer::new(&wanted.secret)?)
            } else {
                None
            },
            number: 0,
        })
    }

    pub fn next(&mut self) -> Result<Request<Body>, Error> {
        const ID: &str = "webhook-id";
        const TIMESTAMP: &str = "webhook-timestamp";
        const SIGNATURE: &str = "webhook-signature";
        self.make()?;
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("posthorn-benchmark/1"));
        headers.insert(
            HeaderName::from_static(ID),
            HeaderValue::from_bytes(&self.id)?,
        );
        headers.insert(
            HeaderName::from_static(TIMESTAMP),
            HeaderValue::from_bytes(&self.timestamp)?,
        );
        if self.signer.is_some() {
            let signature = HeaderValue::from_bytes(&self.signature)?;
            headers.insert(HeaderName::from_static(SIGNATURE), signature);
        }
        Ok(request)
    }

    fn make(&mut self) -> Result<(), Error> {
        self.number += 1;
        write_number(&mut self.id, self.number);
        write_number(&mut self.body[..self.number_end], self.number);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        write_number(&mut self.timestamp, now.as_secs());
        if let Some(signer) = &mut self.signer {
            let out = (&mut self.signature[PREFIX.len()..]).try_into()?;
            signer.sign(&self.id, &self.timestamp, &self.body, out);
        }
        Ok(())
    }
}

/// Right-aligned. Numbers only grow, so the digits to the left are already right.
fn write_number(text: &mut [u8], mut number: u64) {
    let mut end = text.len();
    while number != 0 {
        end -= 1;
        text[end] = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
