"""A private postfix of Debian's package: folders and ports of its own, mails of example.org delivered to files. Needs root, as
postfix does. A policy server of ours greylists as real ones do, by postfix' policy delegation protocol."""

import os
import pathlib
import pwd
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading

from running import free_ports, until

USER, PASSWORD = "tocsin", "c0rrect-p4ssword"


def why_not():
    """Why it can't run here, or ""."""
    missing = [name for name in ("postfix", "saslpasswd2") if not shutil.which(name)]
    if missing:
        return f"{' and '.join(missing)} are not installed (packaging/install-packages mail)"
    return "" if os.geteuid() == 0 else "postfix needs root"


class _Greylist(socketserver.StreamRequestHandler):
    def handle(self):
        attributes = {}
        for line in self.rfile:
            name, found, value = line.decode().rstrip("\n").partition("=")
            if found:
                attributes[name] = value
                continue
            asked = self.server.asked
            asked.append(attributes.get("recipient"))
            defer = len(asked) <= self.server.deferrals
            self.wfile.write(b"action=%s\n\n" % (b"DEFER_IF_PERMIT Greylisted, see you later" if defer else b"DUNNO"))
            attributes = {}


class Postfix:
    """`settings` go to main.cf over ours. `deferrals` recipients are greylisted first. Use as a context."""

    def __init__(self, deferrals=0, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-postfix."))
        self.folder.chmod(0o755)
        self.port, self.tls_port, policy_port = free_ports(3)
        self.address, self.tls_address = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.tls_port}"
        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self.policy = socketserver.ThreadingTCPServer(("127.0.0.1", policy_port), _Greylist)
        self.policy.daemon_threads, self.policy.asked, self.policy.deferrals = True, [], deferrals
        threading.Thread(target=self.policy.serve_forever, daemon=True).start()
        self._configure(policy_port, settings)
        self._make_passwords()
        self._command("start")
        until("postfix", lambda: self._greets(), 20)

    def _configure(self, policy_port, settings):
        config, mail = self.folder / "config", self.folder / "mail"
        for folder in (config, self.folder / "queue", self.folder / "data", mail, config / "sasl"):
            folder.mkdir()
        owner = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", owner.pw_uid, owner.pw_gid)
        nobody = pwd.getpwnam("nobody")
        os.chown(mail, nobody.pw_uid, nobody.pw_gid)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                        "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"], check=True, capture_output=True)
        main = {
            "compatibility_level": "3.6", "queue_directory": self.folder / "queue", "data_directory": self.folder / "data",
            "maillog_file": self.folder / "log", "maillog_file_prefixes": self.folder, "myhostname": "mail.example.org",
            "mydestination": "", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mynetworks": "", "alias_maps": "",
            "virtual_mailbox_domains": "example.org", "virtual_mailbox_base": mail, "virtual_mailbox_maps": "static:box/",
            "virtual_uid_maps": f"static:{nobody.pw_uid}", "virtual_gid_maps": f"static:{nobody.pw_gid}",
            "smtpd_recipient_restrictions": f"reject_unauth_destination, check_policy_service inet:127.0.0.1:{policy_port}",
            "smtpd_error_sleep_time": "0", "smtpd_tls_cert_file": self.folder / "cert.pem", "smtpd_tls_key_file": self.folder / "key.pem",
            "smtpd_tls_security_level": "may", "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "cyrus",
            "smtpd_sasl_path": "smtpd", "smtpd_sasl_local_domain": "mail.example.org", **settings}
        (config / "main.cf").write_text("".join(f"{name} = {value}\n" for name, value in main.items()))
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd",
                    f"127.0.0.1:{self.tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes",
                    "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr", "rewrite unix - - n - - trivial-rewrite",
                    "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "proxymap unix - - n - - proxymap",
                    "tlsmgr unix - - n 1000? 1 tlsmgr", "virtual unix - n n - - virtual", "anvil unix - - n - 1 anvil",
                    "error unix - - n - - error", "retry unix - - n - - error", "postlog unix-dgram n - n - 1 postlogd"]
        (config / "master.cf").write_text("\n".join(services) + "\n")

    def _make_passwords(self):
        sasl = self.folder / "config/sasl"  # where Debian's postfix looks
        database = sasl / "db"
        (sasl / "smtpd.conf").write_text("pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                                                     f"mech_list: PLAIN LOGIN CRAM-MD5\nsasldb_path: {database}\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", "mail.example.org", USER], input=PASSWORD, text=True, check=True)
        shutil.chown(database, "postfix")

    def _command(self, word):
        done = subprocess.run(["postfix", "-c", self.folder / "config", word], capture_output=True, text=True)
        if done.returncode != 0 and word != "stop":
            raise AssertionError(f"postfix {word}: {done.stdout}{done.stderr}{self.log()}")

    def _greets(self):
        with socket.create_connection(("127.0.0.1", self.port), 2) as line:
            return line.recv(200).startswith(b"220")

    def log(self):
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def mails(self):
        return [path.read_text() for path in sorted((self.folder / "mail/box/new").glob("*"))] if (self.folder / "mail/box/new").exists() else []

    def stop(self):
        self._command("stop")
        self.policy.shutdown()
        self.policy.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
