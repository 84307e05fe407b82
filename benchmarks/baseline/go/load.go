// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

package main

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

// When requests start, how long they take, and what is printed in the end: ../../common/sender.hpp tells the
// rules.
type load struct {
	wanted options
	poller *poller
	// Held by the worker whose request is next, while it waits for the instant; the others queue behind it.
	turn sync.Mutex

	state       sync.Mutex // guards all below
	started     int
	ended       int
	begun       time.Time
	last        time.Time
	cpuBegun    time.Duration
	nanoseconds []int64
}

func newLoad(wanted options, p *poller) *load {
	return &load{wanted: wanted, poller: p, nanoseconds: make([]int64, 0, wanted.requests)}
}

// Waits until one more request is to be sent; returns its number and the instant from which it counts. Number
// 0: there are no more.
func (l *load) next() (int, time.Time) {
	l.turn.Lock()
	defer l.turn.Unlock()
	for {
		if number, at, due := l.start(); due {
			return number, at
		}
		l.poller.poll()
	}
}

func (l *load) start() (number int, at time.Time, due bool) {
	l.state.Lock()
	defer l.state.Unlock()
	if l.started == l.wanted.warmup+l.wanted.requests {
		return 0, at, true
	}
	if l.started == l.wanted.warmup {
		if l.ended != l.wanted.warmup {
			return 0, at, false
		}
		if l.begun.IsZero() {
			l.begun, l.cpuBegun = time.Now(), cpuTime()
		}
	}
	at = time.Now()
	if l.wanted.rate > 0 && l.started >= l.wanted.warmup {
		scheduled := l.scheduled()
		if at.Before(scheduled) {
			return 0, at, false
		}
		at = scheduled
	}
	l.started++
	return l.started, at, true
}

func (l *load) scheduled() time.Time {
	after := float64(l.started-l.wanted.warmup) / l.wanted.rate
	return l.begun.Add(time.Duration(after * float64(time.Second)))
}

func (l *load) end(at time.Time) {
	l.state.Lock()
	defer l.state.Unlock()
	l.ended++
	if l.ended <= l.wanted.warmup {
		return
	}
	l.last = time.Now()
	l.nanoseconds = append(l.nanoseconds, l.last.Sub(at).Nanoseconds())
}

func (l *load) print(out io.Writer, name string) error {
	cpu := cpuTime() - l.cpuBegun
	seconds := l.last.Sub(l.begun).Seconds()
	sort.Slice(l.nanoseconds, func(i, j int) bool { return l.nanoseconds[i] < l.nanoseconds[j] })
	var latencies []string
	for _, p := range []float64{10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100} {
		latencies = append(latencies, fmt.Sprintf(`"p%v":%.1f`, p, l.percentile(p)))
	}
	_, err := fmt.Fprintf(out, `{"name":"%s","connections":%d,"requests":%d,"body":%d,"signed":%t,"tls":%t,`+
		`"rate":%.0f,"seconds":%.6f,"per_second":%.0f,"cpu_seconds":%.6f,"latency_us":{%s}}`+"\n",
		name, l.wanted.connections, l.wanted.requests, l.wanted.bodySize, l.wanted.secret != "",
		l.wanted.ca != "", l.wanted.rate, seconds, float64(l.wanted.requests)/seconds, cpu.Seconds(),
		strings.Join(latencies, ","))
	return err
}

// Of the sorted latencies, in microseconds.
func (l *load) percentile(p float64) float64 {
	rank := int(p / 100 * float64(len(l.nanoseconds)-1))
	return float64(l.nanoseconds[rank]) / 1000
}

// User and system time of the process.
func cpuTime() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // fails for bad arguments only
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
