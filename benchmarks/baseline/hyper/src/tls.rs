// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

use crate::{options::Options, Error};
use hyper::client::connect::dns::Name;
use hyper::client::connect::HttpConnector;
use hyper::service::Service;
use hyper_tls::native_tls::{Certificate, TlsConnector};
use hyper_tls::HttpsConnector;
use std::convert::Infallible;
use std::future::{ready, Ready};
use std::iter::{once, Once};
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};

/// "localhost" is where the receiver listens, whatever the machine's list of hosts says.
#[derive(Clone)]
pub struct Loopback;

impl Service<Name> for Loopback {
    type Response = Once<SocketAddr>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(once((Ipv4Addr::LOCALHOST, 0).into())))
    }
}

pub fn connector(wanted: &Options) -> Result<HttpsConnector<HttpConnector<Loopback>>, Error> {
    let pem = std::fs::read(&wanted.ca).map_err(|error| format!("{}: {}", wanted.ca, error))?;
    let tls = TlsConnector::builder()
        .disable_built_in_roots(true)
        .add_root_certificate(Certificate::from_pem(&pem)?)
        .build()?;
    let mut http = HttpConnector::new_with_resolver(Loopback);
    http.set_nodelay(true);
    http.enforce_http(false);
    Ok(HttpsConnector::from((http, tls.into())))
}
