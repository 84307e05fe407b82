// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What a Go program sends webhooks with: net/http, one Transport with C connections and C goroutines, on one
// thread's worth of Go code. Options and output: ../../common/sender.hpp.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

func fail(err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
	os.Exit(1)
}

// Ends the run when the receiver ends the connection; the transport would dial again and say nothing. It may
// close one itself, and then does dial again: when an answer comes 50 ms before the goroutine that wrote the
// request gets to say so, as can happen on a busy machine. That is a cost of its own making.
type connection struct{ net.Conn }

func (c connection) Read(data []byte) (int, error) {
	n, err := c.Conn.Read(data)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		fail(fmt.Errorf("a connection was lost: %w", err))
	}
	return n, err
}

// No certificate file, no TLS: nil.
func newTLSConfig(o options) (*tls.Config, error) {
	if o.ca == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate", o.ca)
	}
	return &tls.Config{RootCAs: roots, ServerName: "localhost"}, nil
}

func newTransport(o options) (*http.Transport, error) {
	config, err := newTLSConfig(o)
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", o.port)
	var dialer net.Dialer
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		plain, err := dialer.DialContext(ctx, network, address)
		if err != nil || config == nil {
			return connection{plain}, err
		}
		secure := tls.Client(plain, config)
		return connection{secure}, secure.HandshakeContext(ctx)
	}
	return &http.Transport{
		DialContext:         dial,
		DialTLSContext:      dial,
		MaxIdleConns:        o.connections,
		MaxIdleConnsPerHost: o.connections,
		MaxConnsPerHost:     o.connections,
		DisableCompression:  true,
		// A request leaves in one write.
		WriteBufferSize: 1024 + o.bodySize,
	}, nil
}

// One request at a time.
type worker struct {
	client  *http.Client
	load    *load
	message *message
	// Used again for each request, which net/http allows once the body of the answer is closed.
	request   *http.Request
	body      bytes.Reader
	id        []string
	timestamp []string
	signature []string
}

func newWorker(o options, client *http.Client, l *load) (*worker, error) {
	w := &worker{client: client, load: l, id: make([]string, 1), timestamp: make([]string, 1),
		signature: make([]string, 1)}
	var err error
	if w.message, err = newMessage(o.bodySize, o.secret); err != nil {
		return nil, err
	}
	w.request, err = http.NewRequest(http.MethodPost, o.origin()+"/hooks/item", io.NopCloser(&w.body))
	if err != nil {
		return nil, err
	}
	w.request.ContentLength = int64(o.bodySize)
	header := w.request.Header
	header.Set("Content-Type", "application/json")
	header.Set("User-Agent", "posthorn-benchmark/1")
	header["Webhook-Id"], header["Webhook-Timestamp"] = w.id, w.timestamp
	if w.message.isSigned() {
		header["Webhook-Signature"] = w.signature
	}
	return w, nil
}

func (w *worker) run() {
	for {
		number, at := w.load.next()
		if number == 0 {
			return
		}
		if err := w.send(number); err != nil {
			fail(err)
		}
		w.load.end(at)
	}
}

func (w *worker) send(number int) error {
	w.message.make(number)
	w.body.Reset(w.message.body)
	w.id[0], w.timestamp[0] = string(w.message.id), string(w.message.timestamp)
	w.signature[0] = string(w.message.signature)
	answer, err := w.client.Do(w.request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if closing := answer.Body.Close(); err == nil {
		err = closing
	}
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("the receiver answered %s", answer.Status)
	}
	if err == nil && answer.Close {
		err = errors.New("the receiver closes a connection")
	}
	return err
}

func run(o options) error {
	transport, err := newTransport(o)
	if err != nil {
		return err
	}
	// An answer that redirects is an answer.
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	p, err := newPoller()
	if err != nil {
		return err
	}
	l := newLoad(o, p)
	var running sync.WaitGroup
	for i := 0; i < o.connections; i++ {
		w, err := newWorker(o, client, l)
		if err != nil {
			return err
		}
		running.Add(1)
		go func() {
			defer running.Done()
			w.run()
		}()
	}
	running.Wait()
	return l.print(os.Stdout, "go")
}

func main() {
	o, err := readOptions(os.Args)
	if err == nil {
		err = place(o)
	}
	if err != nil {
		fail(err)
	}
	runtime.GOMAXPROCS(1)
	if os.Getenv("GOGC") == "" {
		// So little is alive that the collector would otherwise run every few hundred requests.
		debug.SetGCPercent(400)
	}
	if err := run(o); err != nil {
		fail(err)
	}
}
