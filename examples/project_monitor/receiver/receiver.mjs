// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A receiver of webhooks that is not built on Posthorn: what it accepts, the rest of the world accepts.
//
//     node receiver.mjs --secret-file FILE
//
// Without the option, the secret is in the environment, as WEBHOOK_SECRET: on a command line others can see it.
//
// Prints one line, `ready hook=PORT control=PORT verifier=standardwebhooks VERSION`, and serves both ports on
// 127.0.0.1. Any request on the hook port is verified, recorded and answered: 204, or 401 for a bad
// signature, or the status that the mode asks for. Below /budget-control/ a body whose `budget` is over four
// millions is refused with 409. The verifier reads bodies as UTF-8: other bytes are a bad signature to it. Ends
// when its standard input ends, so that it does not survive its parent.
//
// Control port:
//     POST /mode    `ok`, `status 503` (300 to 599, whatever the signature) or `refuse` (nobody listens)
//     GET  /ledger  every answered request, one JSON object a line
//     GET  /counts  {received, verified, refused, answered_2xx, distinct_ids_2xx}; refused: answered not 2xx
//     POST /quit    ends the process

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

// require, unlike import, also finds a package through NODE_PATH: it may be installed outside the sources.
const require = createRequire(import.meta.url);
const { Webhook } = require('standardwebhooks');
const { version: verifierVersion } = require('standardwebhooks/package.json');

// The sender decides when an idle connection ends; if the receiver did, the next request would be a race.
const IDLE_MS = 120_000;
const LEDGER_CHUNK = 256;
const BUDGET_LIMIT = 4_000_000;

// Why the change that a request tells of must not be made; null: it may.
function objection(request, body) {
    if (!request.url.startsWith('/budget-control/') || !(JSON.parse(body).budget > BUDGET_LIMIT))
        return null;
    return `No project may cost more than ${BUDGET_LIMIT}.`;
}

class Ledger {
    #entries = [];
    #counts = { received: 0, verified: 0, refused: 0, answered_2xx: 0 };
    #idsAccepted = new Set();

    record(request, body, verified, status) {
        const id = request.headers['webhook-id'] ?? null;
        const accepted = status >= 200 && status < 300;
        this.#counts.received += 1;
        this.#counts.verified += verified ? 1 : 0;
        this.#counts[accepted ? 'answered_2xx' : 'refused'] += 1;
        if (accepted)
            this.#idsAccepted.add(id);
        this.#entries.push({
            seq: this.#counts.received,
            id,
            method: request.method,
            target: request.url,
            status,
            verified,
            sha256: createHash('sha256').update(body).digest('hex'),
            length: body.length,
            headers: request.headers,
        });
    }

    counts() {
        return { ...this.#counts, distinct_ids_2xx: this.#idsAccepted.size };
    }

    // What was recorded when the call began, in pieces that do not hold up the hook port.
    *lines() {
        const end = this.#entries.length;
        for (let from = 0; from < end; from += LEDGER_CHUNK) {
            const rows = this.#entries.slice(from, Math.min(from + LEDGER_CHUNK, end));
            yield rows.map((row) => JSON.stringify(row) + '\n').join('');
        }
    }
}

class HookPort {
    #server;
    #webhook;
    #ledger;
    #failure = null;
    #port = 0;
    #changes = Promise.resolve();

    constructor(secret, ledger) {
        this.#webhook = new Webhook(secret);
        this.#ledger = ledger;
        this.#server = createServer({ maxHeaderSize: 65_536 }, (request, response) =>
            this.#receive(request, response));
        this.#server.keepAliveTimeout = IDLE_MS;
        // Counted from the moment a connection falls idle, hence longer than the time it may stay idle.
        this.#server.headersTimeout = IDLE_MS + 10_000;
        this.#server.requestTimeout = 0;
    }

    async listen() {
        // The port that was given up may be taken, for a moment, by an outgoing connection.
        for (let attempt = 1; ; ++attempt) {
            try {
                this.#server.listen(this.#port, '127.0.0.1', 1024);
                await once(this.#server, 'listening');
                this.#port = this.#server.address().port;
                return this.#port;
            } catch (error) {
                if (attempt === 40)
                    throw error;
                await sleep(50);
            }
        }
    }

    // Returns whether the text named a mode, once the port is in it.
    async setMode(text) {
        const [, status] = /^status ([345]\d\d)$/.exec(text) ?? [];
        if (text !== 'ok' && text !== 'refuse' && status === undefined)
            return false;
        // One change after the other, or two of them could close and open the port at once.
        const change = this.#changes.then(() => this.#apply(text === 'refuse', status));
        this.#changes = change.catch(() => {});
        await change;
        return true;
    }

    async #apply(refuse, status) {
        this.#failure = status === undefined ? null : Number(status);
        if (refuse)
            await this.#close();
        else if (!this.#server.listening)
            await this.listen();
    }

    async #close() {
        if (!this.#server.listening)
            return;
        const closed = once(this.#server, 'close');
        this.#server.close();
        this.#server.closeAllConnections();
        await closed;
    }

    #receive(request, response) {
        const chunks = [];
        request.on('data', (chunk) => chunks.push(chunk));
        // A request cut off in its body was never a delivery and is not recorded.
        request.on('error', () => {});
        request.on('end', () => {
            const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
            const verified = this.#verify(body, request.headers);
            const no = verified && this.#failure === null ? objection(request, body) : null;
            const status = this.#failure ?? (!verified ? 401 : no === null ? 204 : 409);
            this.#ledger.record(request, body, verified, status);
            if (status === 204)
                return response.writeHead(status).end();
            answer(response, status, no ?? '');
        });
    }

    #verify(body, headers) {
        try {
            this.#webhook.verify(body, headers, { jsonParse: false });
            return true;
        } catch {
            return false;
        }
    }
}

async function readText(request) {
    request.setEncoding('utf8');
    let text = '';
    for await (const piece of request)
        text += piece;
    return text.trim();
}

function answer(response, status, text, type = 'text/plain; charset=utf-8') {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
    response.end(text);
}

async function control(hook, ledger, request, response) {
    const text = await readText(request);
    switch (`${request.method} ${request.url}`) {
    case 'POST /mode':
        if (await hook.setMode(text))
            return answer(response, 200, `${text}\n`);
        return answer(response, 400, 'a mode is: ok, status NNN (300 to 599), refuse\n');
    case 'GET /ledger':
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        return pipeline(Readable.from(ledger.lines()), response);
    case 'GET /counts':
        return answer(response, 200, JSON.stringify(ledger.counts()) + '\n', 'application/json');
    case 'POST /quit':
        response.on('close', () => process.exit(0));
        response.setHeader('connection', 'close');
        return answer(response, 200, 'bye\n');
    default:
        return answer(response, 404, 'POST /mode, GET /ledger, GET /counts, POST /quit\n');
    }
}

function readSecret() {
    const { values } = parseArgs({ options: { 'secret-file': { type: 'string' } } });
    const file = values['secret-file'];
    const secret = file ? readFileSync(file, 'utf8').trim() : process.env.WEBHOOK_SECRET;
    if (!secret)
        throw new Error('usage: node receiver.mjs --secret-file FILE, or the secret in the environment variable ' +
                        'WEBHOOK_SECRET');
    return secret;
}

async function main() {
    const ledger = new Ledger();
    const hook = new HookPort(readSecret(), ledger);

    const controlServer = createServer((request, response) => {
        control(hook, ledger, request, response).catch((error) => {
            if (response.headersSent)
                response.destroy();
            else
                answer(response, 500, `${error.message}\n`);
        });
    });
    controlServer.keepAliveTimeout = IDLE_MS;
    controlServer.headersTimeout = IDLE_MS + 10_000;
    controlServer.listen(0, '127.0.0.1');
    await once(controlServer, 'listening');

    const hookPort = await hook.listen();
    const ready = `ready hook=${hookPort} control=${controlServer.address().port}`;
    process.stdout.write(`${ready} verifier=standardwebhooks ${verifierVersion}\n`);

    for (const event of ['end', 'error'])
        process.stdin.on(event, () => process.exit(0));
    process.stdin.resume();
}

main().catch((error) => {
    process.stderr.write(`receiver: ${error.message}\n`);
    process.exit(2);
});
