// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

//! So many connections and no more, which hyper's client has no setting for: it connects whenever none is
//! idle, although others may be on their way, and it replaces a lost connection and says nothing.

use crate::Error;
use hyper::client::connect::{Connected, Connection};
use hyper::service::Service;
use hyper::Uri;
use std::future::Future;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Clone)]
pub struct Limited<T> {
    connector: T,
    places: Arc<Semaphore>,
    left: Arc<AtomicUsize>,
}

impl<T> Limited<T> {
    pub fn new(connector: T, connections: usize) -> Self {
        Self {
            connector,
            places: Arc::new(Semaphore::new(connections)),
            left: Arc::new(AtomicUsize::new(connections)),
        }
    }
}

impl<T> Service<Uri> for Limited<T>
where
    T: Service<Uri> + Clone + Send + 'static,
    T::Error: Into<Error>,
    T::Future: Send,
{
    type Response = Placed<T::Response>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Error>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    /// Waits while every place is taken; the client meanwhile takes a connection that becomes idle.
    fn call(&mut self, to: Uri) -> Self::Future {
        let Self {
            mut connector,
            places,
            left,
        } = self.clone();
        Box::pin(async move {
            let place = places.acquire_owned().await?;
            let take_one = |left: usize| left.checked_sub(1);
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take_one)
                .map_err(|_| "the receiver closed a connection")?;
            let stream = connector.call(to).await.map_err(Into::into)?;
            Ok(Placed {
                stream,
                _place: place,
            })
        })
    }
}

/// A connection and its place.
pub struct Placed<S> {
    stream: S,
    _place: OwnedSemaphorePermit,
}

impl<S: Unpin> Placed<S> {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut S> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl<S: Connection> Connection for Placed<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Placed<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.stream().poll_read(context, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Placed<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<Result<usize>> {
        self.stream().poll_write(context, data)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.stream().poll_write_vectored(context, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
