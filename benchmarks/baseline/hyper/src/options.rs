// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

use crate::Error;
use std::str::FromStr;

/// The options of ../../../common/sender.hpp.
#[derive(Clone)]
pub struct Options {
    pub port: u16,
    pub connections: usize,
    pub requests: usize,
    pub warmup: usize,
    pub body: usize,
    /// Empty: nothing is signed.
    pub secret: String,
    /// PEM file; empty: plain HTTP.
    pub ca: String,
    /// Per second; 0: a closed loop.
    pub rate: f64,
    pub core: Option<usize>,
    pub fifo: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            connections: 16,
            requests: 100_000,
            warmup: 2_000,
            body: 512,
            secret: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into(),
            ca: String::new(),
            rate: 0.0,
            core: None,
            fifo: false,
        }
    }
}

fn to_number<N: FromStr>(text: &str, what: &str) -> Result<N, Error> {
    text.parse()
        .map_err(|_| format!("{}: not a number", what).into())
}

impl Options {
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Error> {
        let mut o = Self::default();
        while let Some(name) = arguments.next() {
            match name.as_str() {
                "--fifo" => o.fifo = true,
                "--unsigned" => o.secret.clear(),
                _ => o.set(&name, arguments.next())?,
            }
        }
        if o.port == 0 || o.connections == 0 || o.requests == 0 || o.rate.is_nan() || o.rate < 0.0 {
            return Err("--port, --connections and --requests must be positive".into());
        }
        Ok(o)
    }

    fn set(&mut self, name: &str, value: Option<String>) -> Result<(), Error> {
        let value =
            value.ok_or_else(|| format!("{}: an unknown option, or its value is missing", name))?;
        match name {
            "--port" => self.port = to_number(&value, name)?,
            "--connections" => self.connections = to_number(&value, name)?,
            "--requests" => self.requests = to_number(&value, name)?,
            "--warmup" => self.warmup = to_number(&value, name)?,
            "--body" => self.body = to_number(&value, name)?,
            "--secret" => self.secret = value,
            "--ca" => self.ca = value,
            "--rate" => self.rate = to_number(&value, name)?,
            "--core" => self.core = Some(to_number(&value, name)?),
            _ => return Err(format!("unknown option {}", name).into()),
        }
        Ok(())
    }

    pub fn is_tls(&self) -> bool {
        !self.ca.is_empty()
    }

    pub fn is_signed(&self) -> bool {
        !self.secret.is_empty()
    }

    pub fn url(&self) -> String {
        if self.is_tls() {
            format!("https://localhost:{}/hooks/item", self.port)
        } else {
            format!("http://127.0.0.1:{}/hooks/item", self.port)
        }
    }
}
