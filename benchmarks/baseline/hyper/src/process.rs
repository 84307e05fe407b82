// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

use crate::{options::Options, Error};
use std::mem::{size_of, zeroed};
use std::time::Duration;

/// Pins the process, makes it real-time where that is allowed, and lets it have many sockets. Threads inherit it.
pub fn place(wanted: &Options) -> Result<(), Error> {
    if let Some(core) = wanted.core {
        pin(core)?;
    }
    if wanted.fifo {
        // Needs a privilege that a developer's shell seldom has; the run is then noisier, not wrong.
        let parameters = libc::sched_param { sched_priority: 10 };
        // SAFETY: the call reads its arguments only.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &parameters) };
    }
    // SAFETY: `files` is a valid place for the limits; zeros are valid limits.
    unsafe {
        let mut files: libc::rlimit = zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut files) == 0 {
            files.rlim_cur = files.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &files);
        }
    }
    Ok(())
}

fn pin(core: usize) -> Result<(), Error> {
    const NO_CORE: &str = "--core: there is no such core";
    if core >= 8 * size_of::<libc::cpu_set_t>() {
        return Err(NO_CORE.into());
    }
    // SAFETY: the set is valid when it is all zeros, and `core` is inside it.
    let result = unsafe {
        let mut cores: libc::cpu_set_t = zeroed();
        libc::CPU_SET(core, &mut cores);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &cores)
    };
    if result == 0 {
        Ok(())
    } else {
        Err(NO_CORE.into())
    }
}

/// User and system time of the process.
pub fn cpu_time() -> Duration {
    // SAFETY: `used` is a valid place for the time; the clock always exists.
    let used = unsafe {
        let mut used: libc::timespec = zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut used);
        used
    };
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}
