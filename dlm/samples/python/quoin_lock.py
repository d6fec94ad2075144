#!/usr/bin/env python3
"""Takes a lock of Quoin's lock manager, holds it until its standard input ends or has a line, and releases it.

    protoc --python_out=. -I dlm/dlm-proto/src/main/proto dlm.proto
    PYTHONPATH=. dlm/samples/python/quoin_lock.py --servers host1:7001,host2:7001 --space jobs --resource nightly

It needs grpcio and protobuf (Debian: python3-grpcio) and the module dlm_pb2 made by the first line. It shows what every client has to do: open a
session, keep it alive, follow the leader, send again what was not answered, acknowledge, and stop by its own clock. The rules are in
docs/dlm-protocol.md.
"""

import argparse
import os
import queue
import sys
import threading
import time
import uuid

import grpc

import dlm_pb2 as pb

METHOD = "/quoin.dlm.v1.Dlm/Session"
KEEPALIVES_PER_LEASE = 5
END = object()


class SessionLost(Exception):
    """The session has ended, and all that it held with it."""


class Session:
    """One session over one stream at a time. All state is guarded by self.lock."""

    def __init__(self, servers, node, lease_seconds, credentials=None):
        self.lock = threading.Condition()
        self.servers = list(servers)
        self.node = node
        self.credentials = credentials
        self.lease = lease_seconds
        self.nonce = uuid.uuid4().bytes
        self.id = 0
        self.next_sequence = 1
        self.pending = {}  # sequence -> operation, sent or to be sent, not answered
        self.results = {}  # sequence -> result, answered, not yet taken by its caller
        self.keepalive = 0
        self.keepalives = {}  # number -> when it was sent
        self.valid_until = 0.0
        self.outbox = None
        self.attached = False
        self.lost = None
        self.closed = False
        threading.Thread(target=self._follow_leader, daemon=True).start()
        threading.Thread(target=self._keep_alive, daemon=True).start()
        with self.lock:
            self.lock.wait_for(lambda: self.id or self.lost)
            if self.lost:
                raise SessionLost(self.lost)

    # ---- for users

    def call(self, operation):
        """Gets an operation done exactly once and returns its result."""
        with self.lock:
            self._check()
            operation.sequence = self.next_sequence
            self.next_sequence += 1
            self.pending[operation.sequence] = operation
            if self.attached:
                self._send([operation])
            self.lock.wait_for(lambda: operation.sequence in self.results or self.lost)
            if operation.sequence not in self.results:
                raise SessionLost(self.lost)
            return self.results.pop(operation.sequence)

    def seconds_left(self):
        """How long the session surely lives, by this machine's monotonic clock."""
        with self.lock:
            return 0.0 if self.lost else self.valid_until - time.monotonic()

    def close(self):
        self.call(pb.Operation(end_session=pb.EndSession()))
        with self.lock:
            self.closed = True
            self._end_stream()

    # ---- sending; with the lock held

    def _check(self):
        if not self.lost and self.id and time.monotonic() >= self.valid_until:
            self._lose("its lease could not be renewed in time")
        if self.lost:
            raise SessionLost(self.lost)

    def _lose(self, reason):
        self.lost = reason
        self._end_stream()
        self.lock.notify_all()

    def _send(self, operations=(), attach=False, keepalive=0):
        frame = pb.SessionFrame(session=self.id, attach=attach, keepalive=keepalive, operations=operations)
        # All results below the first unanswered operation have come; the servers may forget them.
        frame.acked_through = min(self.pending, default=self.next_sequence) - 1
        self.outbox.put(pb.ClientFrame(sessions=[frame]))

    def _send_keepalive(self):
        self.keepalive += 1
        self.keepalives[self.keepalive] = time.monotonic()
        self._send(keepalive=self.keepalive)

    def _resend(self, first):
        with self.lock:
            if self.attached:
                self._send([self.pending[s] for s in sorted(self.pending) if s >= first])

    def _end_stream(self):
        self.attached = False
        if self.outbox is not None:
            self.outbox.put(END)
            self.outbox = None

    # ---- threads

    def _keep_alive(self):
        while True:
            time.sleep(self.lease / KEEPALIVES_PER_LEASE)
            with self.lock:
                if self.lost or self.closed:
                    return
                if self.attached:
                    self._send_keepalive()

    def _follow_leader(self):
        turn = 0
        target = None
        while True:
            address = target or self.servers[turn % len(self.servers)]
            turn += 1
            target = self._one_stream(address)
            with self.lock:
                if self.lost or self.closed:
                    return
                if self.id and time.monotonic() >= self.valid_until:
                    self._lose("its lease could not be renewed in time")
                    return
            if target is None:
                time.sleep(0.1)

    def _channel(self, address):
        if self.credentials:
            return grpc.secure_channel(address, self.credentials)
        return grpc.insecure_channel(address)

    def _one_stream(self, address):
        """Runs until the stream ends; returns the leader's address if the server names it."""
        outbox = queue.Queue()
        with self._channel(address) as channel:
            stream = channel.stream_stream(
                METHOD, request_serializer=pb.ClientFrame.SerializeToString, response_deserializer=pb.ServerFrame.FromString
            )
            with self.lock:
                self.outbox = outbox
                if self.id:
                    self._send(attach=True)
                else:
                    self.opened_at = time.monotonic()
                    open_session = pb.OpenSession(nonce=self.nonce, node=self.node, lease_millis=int(self.lease * 1000))
                    outbox.put(pb.ClientFrame(opens=[open_session]))
            try:
                for frame in stream(iter(outbox.get, END)):
                    if frame.HasField("redirect"):
                        print(f"redirected from {address} to {frame.redirect.leader or 'nobody yet'}", flush=True)
                        return frame.redirect.leader or None
                    self._take(frame)
            except grpc.RpcError as failure:
                print(f"stream to {address} ended: {failure.code().name}", flush=True)
            finally:
                with self.lock:
                    if self.outbox is outbox:
                        self._end_stream()
        return None

    def _take(self, frame):
        with self.lock:
            for opened in frame.opened:
                if opened.nonce == self.nonce and not self.id:
                    if opened.HasField("refused"):
                        self._lose(opened.refused.reason)
                        return
                    self.id = opened.session
                    self.valid_until = self.opened_at + self.lease * 7 / 8
                    self.attached = True
                    self.lock.notify_all()
            for report in frame.sessions:
                self._take_report(report)

    def _take_report(self, report):
        if report.attached:
            # Only now has the server proved to lead. What was not answered goes out again, with the same numbers.
            self.attached = True
            self._send_keepalive()
            if self.pending:
                self._send([self.pending[s] for s in sorted(self.pending)])
        for result in report.results:
            if result.sequence in self.pending:
                del self.pending[result.sequence]
                self.results[result.sequence] = result
        sent = [self.keepalives.pop(n) for n in sorted(self.keepalives) if n <= report.keepalive]
        if sent:
            # The lease runs from the sending, and ends here an eighth earlier than there: clocks do not run alike.
            self.valid_until = sent[-1] + self.lease * 7 / 8
        if report.resend_from and report.busy:
            threading.Timer(0.02, self._resend, [report.resend_from]).start()
        elif report.resend_from:
            self._resend(report.resend_from)
        if report.gone:
            self._lose(report.gone)
        self.lock.notify_all()


def load(directory, name):
    """Credentials of the files that quoin dlm certs issue has written for a node."""
    def read(file):
        with open(os.path.join(directory, file), "rb") as pem:
            return pem.read()

    return grpc.ssl_channel_credentials(read("authority.crt"), read(f"node-{name}.key"), read(f"node-{name}.crt"))


def main():
    parser = argparse.ArgumentParser(description="Takes a lock, holds it until a line or the end of the input, and releases it.")
    parser.add_argument("--servers", required=True, help="addresses of the peers, host:port, divided by commas")
    parser.add_argument("--space", required=True, help="name of the lockspace")
    parser.add_argument("--resource", required=True, help="name of the resource")
    parser.add_argument("--node", default="python", help="the name that this client gives itself")
    parser.add_argument("--lease", type=float, default=10, help="seconds that the session lives without a keepalive")
    parser.add_argument("--certs", help="directory with the certificate of the node, for mutual TLS")
    args = parser.parse_args()

    session = Session(args.servers.split(","), args.node, args.lease, load(args.certs, args.node) if args.certs else None)
    print(f"session {session.id}", flush=True)
    opened = session.call(pb.Operation(open_lockspace=pb.OpenLockspace(name=args.space)))
    if not opened.HasField("lockspace_opened"):
        sys.exit(f"lockspace {args.space} not opened: {opened}")
    acquire = pb.Acquire(
        lockspace=opened.lockspace_opened.lockspace, resource=args.resource.encode(), mode=pb.EX, queue=pb.WAIT
    )
    result = session.call(pb.Operation(acquire=acquire))
    if not result.HasField("granted"):
        sys.exit(f"lock not granted: {result}")
    # The token goes along with every write that the lock is to guard; whoever stores refuses lower ones than the highest seen.
    print(f"granted lock={result.granted.lock} token={result.granted.token}", flush=True)
    sys.stdin.readline()
    print(f"valid for {session.seconds_left():.1f} s more", flush=True)
    released = session.call(pb.Operation(release=pb.Release(lock=result.granted.lock)))
    print("released" if released.HasField("done") else f"not released: {released}", flush=True)
    session.close()


if __name__ == "__main__":
    main()
