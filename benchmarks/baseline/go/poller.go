// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Lets a goroutine wait without the process ever sleeping. runtime.Gosched will not do: while any goroutine can
// run, the scheduler does not look at the sockets, and their answers would lie there for up to 10 ms. A
// goroutine that waits for a descriptor which is ready can not run until the scheduler has polled all
// descriptors, with a timeout that never passes.
type poller struct {
	event syscall.RawConn
	armed bool
	one   [8]byte
}

func newPoller() (*poller, error) {
	const flags = syscall.O_NONBLOCK | syscall.O_CLOEXEC
	fd, _, failed := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, flags, 0)
	if failed != 0 {
		return nil, fmt.Errorf("eventfd: %w", failed)
	}
	connection, err := os.NewFile(fd, "eventfd").SyscallConn()
	if err != nil {
		return nil, err
	}
	p := &poller{event: connection}
	*(*uint64)(unsafe.Pointer(&p.one)) = 1
	return p, nil
}

// Returns when all descriptors were polled once. One goroutine at a time.
func (p *poller) poll() {
	p.armed = false
	if err := p.event.Read(p.wait); err != nil {
		fail(err)
	}
}

// Asked twice by RawConn.Read: before it waits, and when the descriptor is ready. Each write makes it ready
// anew, so the counter is never read.
func (p *poller) wait(fd uintptr) bool {
	if p.armed {
		return true
	}
	p.armed = true
	_, _, _ = syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&p.one)), unsafe.Sizeof(p.one))
	return false
}
