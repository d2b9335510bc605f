"""Loads toolset files with the real HolmesGPT, as its server does at its start, and says what became of each toolset.

A request is one line of JSON on standard input, and its answer one line on standard output:
{"file": path, "hosts": {"host:port": port on loopback}, "env": {name: value}, "isImpatient": boolean,
 "isMeasured": boolean, "questions": [{"tool": name, "params": {...}}]}
-> {"exception": text or null, "toolsets": {name: {...}}, "log": [text], "prompt": text, "answers": [{...}]}
The line "library" is answered with what catalog.py reads from the library's classes.

Names of the cluster are found on loopback; everything else is out of reach.
"""

import copy
import errno
import functools
import gc
import json
import logging
import os
import socket
import sys
import time
import types

import certifi

# A quarter of the time of the import: it makes no garbage that is worth looking for.
gc.disable()
# Before the import: HolmesGPT reads its environment while it loads.
os.environ.update(
    CUSTOM_TOOLSET_LOCATION="/nonexistent/custom_toolset.yaml",
    KUBECONFIG="/nonexistent/kubeconfig",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
)
# What the libraries print must not end up between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

# "host:port" of the current request's cluster, and the port on loopback where it is really served.
hosts = {}
# Each host has an address of its own, under which `connect` knows it again.
addresses = {}
real_getaddrinfo = socket.getaddrinfo
real_connect = socket.socket.connect
real_sleep = time.sleep


def no_sleep(seconds):
    real_sleep(0)


def getaddrinfo(host, port, *rest, **named):
    host = host.decode() if isinstance(host, bytes) else host
    if host in {key.rpartition(":")[0] for key in hosts}:
        number = len(addresses) + 1
        address = addresses.setdefault(host, f"127.77.{number // 250}.{number % 250 + 1}")
        return real_getaddrinfo(address, port, *rest, **named)
    if host in (None, "localhost") or host.startswith("127."):
        return real_getaddrinfo(host, port, *rest, **named)
    raise socket.gaierror(socket.EAI_NONAME, f"Name or service not known: {host}")


def connect(self, address):
    if self.family == socket.AF_UNIX:
        return real_connect(self, address)
    ip, port = address[:2]
    name = next((name for name, known in addresses.items() if known == ip), None)
    if name is not None:
        mapped = hosts.get(f"{name}:{port}")
        if mapped is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        return real_connect(self, ("127.0.0.1", mapped))
    if ip.startswith("127.") or ip == "::1":
        return real_connect(self, address)
    raise OSError(errno.ENETUNREACH, f"Network is unreachable: {ip}")


socket.getaddrinfo = getaddrinfo
socket.socket.connect = connect

# HolmesGPT adds to this file what CERTIFICATE holds: to a file of its own, for the library is shared by all runs. One of
# its CAs will do, for nothing public can be reached, and every connection reads the whole file: 36 ms with all of them.
bundle = os.path.abspath("bundle.pem")
with open(certifi.where(), encoding="utf-8") as all_of_them, open(bundle, "w", encoding="utf-8") as one_of_them:
    last_line = "-----END CERTIFICATE-----\n"
    one_of_them.write(all_of_them.read().split(last_line)[0] + last_line)
certifi.where = lambda: bundle

from holmes.utils import cert_utils


def append_to_read_only(custom_ca):
    raise PermissionError(errno.EACCES, "Permission denied", bundle)


cert_utils.CUSTOM_CERTIFICATE_PATH = os.path.abspath("custom_ca.pem")
if os.environ.get("JUDGE_BUNDLE") == "read-only":
    # Root may write whatever its mode is.
    cert_utils.append_custom_certificate = append_to_read_only
# Before everything else of HolmesGPT, as in its own server.
cert_utils.add_custom_certificate(os.environ.get("CERTIFICATE", ""))

import catalog
import jinja2
import pydantic
import yaml
from cost import cost_of
from holmes.core import toolset_manager
from holmes.core.tools import ToolInvokeContext
from holmes.plugins import prompts
from holmes.plugins import toolsets as toolsets_package
from holmes.plugins.toolsets import kafka

gc.freeze()
gc.enable()

real_safe_load = yaml.safe_load


@functools.cache
def own_file(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def safe_load(stream):
    """HolmesGPT reads its own toolsets again for each file to judge: most of the time of a verdict. They do not change."""
    name = getattr(stream, "name", None)
    is_own = isinstance(name, str) and name.startswith(os.path.dirname(toolsets_package.__file__) + os.sep)
    return copy.deepcopy(own_file(name)) if is_own else real_safe_load(stream)


yaml.safe_load = safe_load


class OneEnvironment(jinja2.Environment):
    """HolmesGPT makes one for each prompt, always the same, and compiles its own templates in it again for each file."""

    from_string = functools.lru_cache(jinja2.Environment.from_string)


environment = OneEnvironment(loader=jinja2.FileSystemLoader(prompts.THIS_DIR))
prompts.Environment = lambda loader: environment

# The class that wraps a toolset's: HolmesGPT makes the same one again for each file. Releases before 0.26 wrap none.
wrappers = {}
real_multi_instance = getattr(toolsets_package, "multi_instance", None)


def multi_instance(toolset):
    if toolset in wrappers:
        return wrappers[toolset](toolset)
    wrapped = real_multi_instance(toolset)
    wrappers[toolset] = type(wrapped)
    return wrapped


if real_multi_instance:
    toolsets_package.multi_instance = multi_instance


class AdminClient(kafka.AdminClient):
    """Kafka's library resolves names by itself, where nothing can be put between."""

    def __init__(self, config):
        servers = config["bootstrap.servers"].split(",")
        mapped = [f"127.0.0.1:{hosts[one]}" if one in hosts else "127.0.0.1:1" for one in servers]
        self.is_dead = all(one not in hosts for one in servers)
        super().__init__({**config, "bootstrap.servers": ",".join(mapped)})

    def list_topics(self, *rest, timeout=-1, **named):
        # For a dead broker HolmesGPT waits ten seconds; one that is there may need some on a busy machine.
        return super().list_topics(*rest, timeout=1 if self.is_dead else timeout, **named)


kafka.AdminClient = AdminClient


class Log(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def sorted_keys(answer):
    """In the order that catalog.py prints."""
    return json.loads(json.dumps(answer, sort_keys=True))


def answer_to(request):
    hosts.clear()
    hosts.update(request["hosts"])
    time.sleep = no_sleep if request["isImpatient"] else real_sleep
    return judge(request["file"], request["env"], request["isMeasured"], request["questions"])


def judge(file, env, is_measured, questions):
    log = Log()
    logging.getLogger().handlers = [log]
    before = dict(os.environ)
    nothing = toolset_manager.CUSTOM_TOOLSET_LOCATION
    os.environ.update(env)
    toolset_manager.CUSTOM_TOOLSET_LOCATION = file
    try:
        toolsets = toolset_manager.ToolsetManager().list_server_toolsets(dal=None)
        prompt = prompt_of(toolsets)
        answers = [answer(toolsets, question["tool"], question["params"]) for question in questions]
        verdicts = {one.name: verdict(one, is_measured) for one in toolsets}
        return {"exception": None, "toolsets": verdicts, "log": log.lines, "prompt": prompt, "answers": answers}
    except Exception as error:
        return {"exception": f"{type(error).__name__}: {error}", "toolsets": {}, "log": log.lines, "prompt": "", "answers": []}
    finally:
        toolset_manager.CUSTOM_TOOLSET_LOCATION = nothing
        os.environ.clear()
        os.environ.update(before)


def verdict(toolset, is_measured):
    children = getattr(toolset, "_children", None)
    return {
        "enabled": toolset.enabled,
        "status": toolset.status.value,
        "error": toolset.error,
        "type": toolset.type.value if toolset.type else None,
        "description": toolset.description,
        "tools": sorted(tool.name for tool in toolset.tools),
        # What it works with, by instance; a toolset that knows only one has it under "default".
        "effective": {name: effective(one) for name, one in children.items()} if children else {"default": effective(toolset)},
        **({"cost": cost_of(toolset)} if is_measured else {}),
        "offline": getattr(toolset, "_offline_instances", {}),
    }


def prompt_of(toolsets):
    """All that a model is told before its first question: the part of the system prompt about toolsets, and the tools."""
    system = prompts.load_and_render_prompt("builtin://_toolsets_instructions.jinja2", {"toolsets": toolsets})
    tools = [(tool.name, tool.description, tool.parameters) for toolset in toolsets for tool in toolset.tools]
    lists = [instances_of(toolset) for toolset in toolsets if getattr(toolset, "_children", None)]
    return "\n".join([system, *map(str, tools), *map(str, lists)])


def instances_of(toolset):
    """What its tool that lists instances answers; releases before 0.32 have none."""
    return [toolset._instance_summaries(), toolset._offline_summaries()] if hasattr(toolset, "_instance_summaries") else []


class Model:
    """Tools ask a model for nothing but the size of an answer."""

    def count_tokens(self, messages):
        return types.SimpleNamespace(total_tokens=1)


def answer(toolsets, tool, params):
    """What a tool of an enabled toolset answers, invoked as the server does for a model."""
    tools = [one for toolset in toolsets if toolset.status.value == "enabled" for one in toolset.tools if one.name == tool]
    if not tools:
        return {"status": "no such tool", "data": None, "error": None}
    context = ToolInvokeContext.model_construct(
        tool_number=1, llm=Model(), max_token_count=1_000_000, tool_call_id="1", tool_name=tool, user_approved=True
    )
    result = tools[0].invoke(params, context)
    return {"status": result.status.value, "data": result.data, "error": result.error}


def effective(toolset):
    """The config as HolmesGPT itself has read it, wherever the toolset keeps it; else as it stands in the file."""
    private = getattr(toolset, "__pydantic_private__", None) or {}
    for value in (toolset.config, *vars(toolset).values(), *private.values()):
        if isinstance(value, pydantic.BaseModel) and type(value).__name__.endswith("Config"):
            return value.model_dump(mode="json")
    return toolset.config


def main():
    for line in sys.stdin:
        request = json.loads(line)
        reply = sorted_keys(catalog.read_library()) if request == "library" else answer_to(request)
        print(json.dumps(reply, default=str), file=answers, flush=True)


print(json.dumps("ready"), file=answers, flush=True)
main()
