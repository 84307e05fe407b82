// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

//! What a Rust program sends webhooks with: hyper's pooled client on one thread of tokio, one task per
//! connection. Options and output: ../../../common/sender.hpp.

mod limited;
mod load;
mod messages;
mod options;
mod process;
mod signer;
#[cfg(feature = "tls")]
mod tls;

use hyper::body::HttpBody;
use hyper::client::connect::{Connect, HttpConnector};
use hyper::{Body, Client, Request};
use limited::Limited;
use load::{Load, Next};
use messages::Messages;
use options::Options;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::task::JoinSet;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

struct State {
    load: Load,
    messages: Messages,
}

struct Shared {
    state: Mutex<State>,
    /// Held by the task whose request is next, while it waits for the instant; the others queue behind it.
    turn: tokio::sync::Mutex<()>,
}

impl Shared {
    fn new(wanted: &Options) -> Result<Self, Error> {
        let state = State {
            load: Load::new(wanted),
            messages: Messages::new(wanted)?,
        };
        Ok(Self {
            state: Mutex::new(state),
            turn: tokio::sync::Mutex::new(()),
        })
    }

    /// Waits until one more request is to be sent, without the process ever sleeping. None: there are no more.
    async fn next(&self) -> Result<Option<(Request<Body>, Instant)>, Error> {
        let _turn = self.turn.lock().await;
        loop {
            {
                let mut state = self.state.lock().unwrap();
                match state.load.next() {
                    Next::Send(at) => return Ok(Some((state.messages.next()?, at))),
                    Next::Stop => return Ok(None),
                    Next::Wait => {}
                }
            }
            tokio::task::yield_now().await;
        }
    }

    fn end(&self, at: Instant) {
        self.state.lock().unwrap().load.end(at);
    }
}

async fn send_until_over<C>(client: Client<C>, shared: Arc<Shared>) -> Result<(), Error>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    while let Some((request, at)) = shared.next().await? {
        let mut answer = client.request(request).await?;
        while let Some(data) = answer.body_mut().data().await {
            data?;
        }
        if !answer.status().is_success() {
            return Err(format!("the receiver answered {}", answer.status()).into());
        }
        shared.end(at);
    }
    Ok(())
}

async fn run<T>(wanted: &Options, connector: T) -> Result<(), Error>
where
    Limited<T>: Connect + Clone + Send + Sync + 'static,
{
    let client = Client::builder()
        .pool_max_idle_per_host(wanted.connections)
        .pool_idle_timeout(None)
        .retry_canceled_requests(false)
        .build(Limited::new(connector, wanted.connections));
    let shared = Arc::new(Shared::new(wanted)?);
    let mut tasks = JoinSet::new();
    for _ in 0..wanted.connections {
        tasks.spawn(send_until_over(client.clone(), shared.clone()));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    shared.state.lock().unwrap().load.print("hyper");
    Ok(())
}

async fn run_plain(wanted: &Options) -> Result<(), Error> {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    run(wanted, http).await
}

#[cfg(feature = "tls")]
async fn run_tls(wanted: &Options) -> Result<(), Error> {
    run(wanted, tls::connector(wanted)?).await
}

#[cfg(not(feature = "tls"))]
async fn run_tls(_: &Options) -> Result<(), Error> {
    Err("--ca: this bench_hyper was built without TLS".into())
}

fn start() -> Result<(), Error> {
    let wanted = Options::read(std::env::args().skip(1))?;
    process::place(&wanted)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    if wanted.is_tls() {
        runtime.block_on(run_tls(&wanted))
    } else {
        runtime.block_on(run_plain(&wanted))
    }
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench_hyper: {}", error);
            ExitCode::FAILURE
        }
    }
}
