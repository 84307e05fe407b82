// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

use crate::options::Options;
use crate::process::cpu_time;
use std::time::{Duration, Instant};

/// When requests start, how long they take, and what is printed in the end: ../../../common/sender.hpp tells the
/// rules.
pub struct Load {
    wanted: Options,
    total: usize,
    started: usize,
    ended: usize,
    begun: Option<(Instant, Duration)>,
    last: Instant,
    nanoseconds: Vec<u64>,
}

/// What to do next.
pub enum Next {
    /// Send a request, which counts from this instant.
    Send(Instant),
    Wait,
    Stop,
}

impl Load {
    pub fn new(wanted: &Options) -> Self {
        Self {
            wanted: wanted.clone(),
            total: wanted.warmup + wanted.requests,
            started: 0,
            ended: 0,
            begun: None,
            last: Instant::now(),
            nanoseconds: Vec::with_capacity(wanted.requests),
        }
    }

    pub fn next(&mut self) -> Next {
        if self.started == self.total {
            return Next::Stop;
        }
        if self.started == self.wanted.warmup && self.ended != self.wanted.warmup {
            return Next::Wait;
        }
        let mut at = Instant::now();
        if self.started >= self.wanted.warmup {
            let (begun, _) = *self.begun.get_or_insert_with(|| (at, cpu_time()));
            if self.wanted.rate > 0.0 {
                let after = (self.started - self.wanted.warmup) as f64 / self.wanted.rate;
                let scheduled = begun + Duration::from_secs_f64(after);
                if at < scheduled {
                    return Next::Wait;
                }
                at = scheduled;
            }
        }
        self.started += 1;
        Next::Send(at)
    }

    pub fn end(&mut self, started: Instant) {
        self.ended += 1;
        if self.ended > self.wanted.warmup {
            self.last = Instant::now();
            self.nanoseconds
                .push((self.last - started).as_nanos() as u64);
        }
    }

    /// One line of JSON; every request must have ended.
    pub fn print(&mut self, name: &str) {
        let (begun, cpu_begun) = self.begun.expect("requests were counted");
        let cpu = cpu_time() - cpu_begun;
        let seconds = (self.last - begun).as_secs_f64();
        self.nanoseconds.sort_unstable();
        let latencies: Vec<String> = [
            10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99, 100.0,
        ]
        .iter()
        .map(|&p| format!("\"p{}\":{:.1}", p, self.percentile(p)))
        .collect();
        println!(
            "{{\"name\":\"{}\",\"connections\":{},\"requests\":{},\"body\":{},\"signed\":{},\"tls\":{},\
             \"rate\":{:.0},\"seconds\":{:.6},\"per_second\":{:.0},\"cpu_seconds\":{:.6},\
             \"latency_us\":{{{}}}}}",
            name,
            self.wanted.connections,
            self.wanted.requests,
            self.wanted.body,
            self.wanted.is_signed(),
            self.wanted.is_tls(),
            self.wanted.rate,
            seconds,
            self.wanted.requests as f64 / seconds,
            cpu.as_secs_f64(),
            latencies.join(",")
        );
    }

    /// Of the sorted latencies, in microseconds.
    fn percentile(&self, p: f64) -> f64 {
        let rank = p / 100.0 * (self.nanoseconds.len() - 1) as f64;
        self.nanoseconds[rank as usize] as f64 / 1000.0
    }
}
