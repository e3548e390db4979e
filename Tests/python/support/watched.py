"""The program, with every secret that was ever near it looked for in all that it leaves behind."""

import json

from program import Program


class Watched(Program):
    """Looks into what was printed and into every file that the test did not write itself."""

    def __init__(self, binary, directory):
        super().__init__(binary, directory)
        self.secrets = set()
        self.servers = []
        self._written = set()

    def write(self, name, text):
        path = super().write(name, text)
        self._written.add(path)
        return path

    def watch(self, *servers):
        self.servers += servers
        return servers[0] if len(servers) == 1 else servers

    def home(self, name, text):
        """Writes a file of the user's own folder."""
        return self.write(f"home/{name}", text)

    def assert_no_secret(self, result, secrets):
        super().assert_no_secret(result, secrets)
        known = self.secrets | {s for server in self.servers for s in server.secrets}
        places = {"stdout": result.out, "stderr": result.err, "arguments": " ".join(result.args)}
        for path in self.directory.rglob("*"):
            if path.is_file() and str(path) not in self._written:
                places[str(path)] = path.read_text(errors="replace")
        for name, text in places.items():
            for secret in known:
                assert secret not in text, f"a secret is in {name}\n{result}"

    def doctor(self, *args, env=None, **options):
        """Runs the doctor; its findings by what they look at."""
        result = self.run("doctor", "--format", "json", *args, env=env, **options)
        whole = json.loads(result.out)
        assert whole["exit"] == result.status, str(result)
        return Findings(result, whole)


class Findings:
    def __init__(self, result, whole):
        self.result = result
        self.status = whole["status"]
        self.exit = whole["exit"]
        self.checks = {check["check"]: check for check in whole["checks"]}

    def __getitem__(self, name):
        assert name in self.checks, f"{name} was not looked at: {list(self.checks)}\n{self.result}"
        return self.checks[name]

    def __contains__(self, name):
        return name in self.checks

    @property
    def credentials(self):
        """What was chosen: a source, `none`, or `error`."""
        if "configuration" in self:
            return "error"
        check = self["credentials"]
        if check["status"] != "fail":
            return check["source"]
        is_none = "no AWS credentials were found" in check["message"] or (
            "has no credentials, nor has this machine" in check["message"]
        )
        return "none" if is_none else "error"
