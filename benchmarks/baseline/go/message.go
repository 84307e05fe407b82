// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

const (
	digits          = 16
	signaturePrefix = "v1,"
)

// Request after request, signed. Each worker has its own: a body must stay as it is until its answer is there.
type message struct {
	id        []byte
	timestamp []byte
	body      []byte
	numberEnd int       // of the number in the body
	mac       hash.Hash // nil: nothing is signed
	sum       [sha256.Size]byte
	signature []byte
}

func decodeSecret(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return nil, errors.New("not a Standard Webhooks secret")
	}
	return key, nil
}

func newMessage(size int, secret string) (*message, error) {
	begin := `{"type":"item.modified","id":"` + strings.Repeat("0", digits) + `","text":"`
	const end = `"}`
	if size < len(begin)+len(end) {
		return nil, fmt.Errorf("--body: at least %d", len(begin)+len(end))
	}
	m := &message{
		id:        []byte("00000000-0000-7000-8000-000000000000"),
		body:      []byte(begin + strings.Repeat("x", size-len(begin)-len(end)) + end),
		numberEnd: strings.IndexByte(begin, '0') + digits,
		signature: make([]byte, len(signaturePrefix)+base64.StdEncoding.EncodedLen(sha256.Size)),
	}
	copy(m.signature, signaturePrefix)
	if secret != "" {
		key, err := decodeSecret(secret)
		if err != nil {
			return nil, err
		}
		m.mac = hmac.New(sha256.New, key)
	}
	return m, nil
}

func (m *message) isSigned() bool { return m.mac != nil }

func (m *message) make(number int) {
	writeNumber(m.id, number)
	writeNumber(m.body[:m.numberEnd], number)
	m.timestamp = strconv.AppendInt(m.timestamp[:0], time.Now().Unix(), 10)
	if m.isSigned() {
		m.sign()
	}
}

var dot = []byte(".")

func (m *message) sign() {
	m.mac.Reset() // keeps the key
	m.mac.Write(m.id)
	m.mac.Write(dot)
	m.mac.Write(m.timestamp)
	m.mac.Write(dot)
	m.mac.Write(m.body)
	base64.StdEncoding.Encode(m.signature[len(signaturePrefix):], m.mac.Sum(m.sum[:0]))
}

// Right-aligned. A worker's numbers only grow, so the digits to the left are already right.
func writeNumber(text []byte, number int) {
	for i := len(text); number != 0; number /= 10 {
		i--
		text[i] = byte('0' + number%10)
	}
}
