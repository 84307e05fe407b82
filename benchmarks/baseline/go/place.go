// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

package main

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

const (
	placedVariable = "BENCH_GO_PLACED"
	maxCores       = 1024
	schedFifo      = 1
)

// Pins the process and makes it real-time where that is allowed. Both belong to a thread, and the Go runtime
// has started several by now; a program that this thread executes begins with this thread alone, and all its
// threads inherit from that. The limit of open files needs no such care: Go raises it to what is allowed.
func place(o options) error {
	if (o.core == nil && !o.fifo) || os.Getenv(placedVariable) != "" {
		return nil
	}
	runtime.LockOSThread()
	if o.core != nil {
		if err := pin(*o.core); err != nil {
			return err
		}
	}
	if o.fifo {
		// Needs a privilege that a developer's shell seldom has; the run is then noisier, not wrong.
		priority := int32(10)
		_, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, 0, schedFifo,
			uintptr(unsafe.Pointer(&priority)))
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(program, os.Args, append(os.Environ(), placedVariable+"=1"))
}

func pin(core uint64) error {
	var cores [maxCores / 8]byte
	if core < maxCores {
		cores[core/8] = 1 << (core % 8)
	}
	_, _, failed := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(cores),
		uintptr(unsafe.Pointer(&cores)))
	if failed != 0 {
		return errors.New("--core: there is no such core")
	}
	return nil
}
