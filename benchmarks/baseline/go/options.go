// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
)

// The options of ../../common/sender.hpp.
type options struct {
	port        uint64
	connections int
	requests    int
	warmup      int
	bodySize    int
	secret      string // empty: nothing is signed
	ca          string // PEM file; empty: plain HTTP
	rate        float64
	core        *uint64
	fifo        bool
}

func readOptions(arguments []string) (options, error) {
	var o options
	var unsigned bool
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	flags.Func("port", "port of the receiver on 127.0.0.1", func(text string) (err error) {
		o.port, err = strconv.ParseUint(text, 10, 16)
		return err
	})
	flags.IntVar(&o.connections, "connections", 16, "connections that are kept alive")
	flags.IntVar(&o.requests, "requests", 100_000, "requests that are counted")
	flags.IntVar(&o.warmup, "warmup", 2_000, "requests before them")
	flags.IntVar(&o.bodySize, "body", 512, "bytes of each body")
	flags.StringVar(&o.secret, "secret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"key of the signatures")
	flags.BoolVar(&unsigned, "unsigned", false, "sign nothing, whatever --secret says")
	flags.StringVar(&o.ca, "ca", "", "HTTPS to localhost, trusting the certificate in this file")
	flags.Float64Var(&o.rate, "rate", 0, "requests per second (an open loop); 0: a closed loop")
	flags.Func("core", "the core to run on", func(text string) error {
		core, err := strconv.ParseUint(text, 10, 32)
		o.core = &core
		return err
	})
	flags.BoolVar(&o.fifo, "fifo", false, "real-time scheduling, where that is allowed")
	if err := flags.Parse(arguments[1:]); err != nil {
		os.Exit(1) // flags said what was wrong
	}
	if flags.NArg() != 0 {
		return o, fmt.Errorf("unknown option %s", flags.Arg(0))
	}
	if unsigned {
		o.secret = ""
	}
	if o.port == 0 || o.connections <= 0 || o.requests <= 0 || o.warmup < 0 || !(o.rate >= 0) {
		return o, errors.New("--port, --connections and --requests must be positive")
	}
	return o, nil
}

// What the URL and the Host field name.
func (o options) origin() string {
	if o.ca != "" {
		return fmt.Sprintf("https://localhost:%d", o.port)
	}
	return fmt.Sprintf("http://127.0.0.1:%d", o.port)
}
