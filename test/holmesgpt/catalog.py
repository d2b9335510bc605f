"""Prints, as JSON, what the installed HolmesGPT takes in its toolset file: toolsets, types, and the keys of each.
judge.py answers the same from its own process.

Read from the library's own classes, so that plugin/consumers/holmesgpt/catalog.json can be written from them and compared with them. Toolsets of
old versions do not name the class of their config: there it is the one that their own code builds.
"""

import ast
import enum
import importlib
import importlib.metadata
import inspect
import json
import logging
import os
import sys
import textwrap
import types
import typing

# Before the import: HolmesGPT reads its environment while it loads.
os.environ.update(
    CUSTOM_TOOLSET_LOCATION="/nonexistent/custom_toolset.yaml",
    KUBECONFIG="/nonexistent/kubeconfig",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
)

import pydantic
from cost import cost_of
from holmes.core import toolset_manager
from holmes.core import tools as core
from holmes.core.toolset_manager import ToolsetManager
from holmes.plugins.toolsets.mcp.toolset_mcp import RemoteMCPToolset

# Fields of an entry's class that HolmesGPT sets itself: written in a file they are accepted, and mean nothing.
internal_fields = {"name", "status", "error", "path"}
# The same in the class of a tool.
internal_tool_keys = {"_toolset", "_inject_current_time_context"}
# The same in the class of a config.
internal_keys = {"connection_error", "connection_status"}


def read_library():
    """What is built only to see whether it can be is not worth a line in the log."""
    logging.disable(logging.CRITICAL)
    try:
        return library()
    finally:
        logging.disable(logging.NOTSET)


def library():
    toolsets = ToolsetManager()._list_all_toolsets(None, check_prerequisites=False)
    by_type = {
        "custom": core.YAMLToolset,
        "database": optional_class("database.database", "DatabaseToolset"),
        "http": optional_class("http.http_toolset", "HttpToolset"),
        "mcp": RemoteMCPToolset,
        "mongodb": optional_class("mongodb.mongodb", "MongoDBToolset"),
    }
    known = {one.value for one in core.ToolsetType}
    return {
        "version": importlib.metadata.version("holmesgpt"),
        "toolsets": {one.name: builtin(one) for one in toolsets},
        "types": {name: own_type(name, cls) for name, cls in by_type.items() if cls and name in known},
        "entryKeys": entry_keys(core.ToolsetYamlFromConfig),
        "overridden": [] if takes_tools() else ["tools"],
        "tolerated": [key for key in once_keys if key not in core.YAMLToolset.model_fields and takes("custom", core.YAMLToolset, key)],
        "removed": sorted(getattr(toolset_manager, "REMOVED_TOOLSET_NAMES", [])),
        "mcpEntryKeys": entry_keys(RemoteMCPToolset, url={"type": "string"}),
    }


def optional_class(module, name):
    try:
        return getattr(importlib.import_module(f"holmes.plugins.toolsets.{module}"), name)
    except ModuleNotFoundError:
        return None


def builtin(toolset):
    child = getattr(toolset, "_child_cls", None)
    config = config_of(child or type(toolset))
    if child and config is not None:
        instance = {**config, "name": {"type": "any"}}
        config = {**config, "instances": {"type": "list", "items": instance}}
    server = {tag for tag in core.ToolsetTag} - {core.ToolsetTag.CLI}
    return {
        "config": config,
        **({"byDefault": True} if toolset.enabled else {}),
        **({} if server & set(toolset.tags) else {"cliOnly": True}),
        # The wrapper of several instances does not hand a subtype on; one that its constructor looks at stands there already.
        **({} if child or pops_subtype(type(toolset)) else subtypes_of(type(toolset))),
        **pairs_of(config_classes(child or type(toolset))),
        "cost": several_cost(lambda count: wrapped(child, count)) if child else cost_of(toolset),
    }


def own_type(name, cls):
    refused = [key for key in entry_keys(core.ToolsetYamlFromConfig) if not takes(name, cls, key)]
    subtypes = subtypes_of(cls)
    # The sample is none of the variants of a type that has some.
    refused = [key for key in refused if key != "subtype" or not subtypes]
    return {
        "config": with_hosts(config_of(cls), cls),
        **({"refuses": sorted(refused)} if refused else {}),
        **subtypes,
        **pairs_of(config_classes(cls)),
        **cost_of_type(name, cls),
    }


def several_cost(toolset_of):
    """The cost with one backend, what is added once there are several, and what each further one adds."""
    one, two, three = (cost_of(toolset_of(count)) for count in (1, 2, 3))
    totals = [cost["schemas"] + cost["instructions"] for cost in (one, two, three)]
    each = totals[2] - totals[1]
    several = {"tools": two["tools"] - one["tools"], "once": totals[1] - totals[0] - each, "each": each}
    return {**one, **({"several": several} if one["tools"] and any(several.values()) else {})}


def wrapped(child, count):
    """A toolset with so many instances, which its own start would build once it had asked each of them."""
    toolset = importlib.import_module("holmes.plugins.toolsets.multi_instance").MultiInstanceToolset(child)
    toolset._children = {f"namespace/name-{index}": child() for index in range(count)}
    toolset._build_tools()
    toolset._publish_llm_instructions()
    return toolset


def cost_of_type(name, cls):
    """Of a toolset with tools of its own the entry tells the cost, and of an MCP server only the server."""
    if name == "http":
        return {"cost": several_cost(lambda count: http_toolset(cls, count))}
    return {"cost": cost_of(cls(name="name/of-it"))} if name in ("database", "mongodb") else {}


def http_toolset(cls, count):
    toolset = cls(name="name/of-it")
    hosts = [f"service-{index}.namespace.svc.cluster.local" for index in range(count)]
    passed, text = toolset.prerequisites_callable({"endpoints": [{"hosts": [host], "paths": ["/api/*"]} for host in hosts]})
    assert passed, text
    return toolset


def pops_subtype(cls):
    """Whether a subtype is read when a toolset is made, and not when an entry of a file overrides it."""
    return 'kwargs.pop("subtype"' in inspect.getsource(cls)


def subtypes_of(cls):
    """What the module of a toolset lists as its variants."""
    for name, one in vars(sys.modules[cls.__module__]).items():
        if name.endswith("Subtype") and getattr(one, "__module__", None) == cls.__module__ and issubclass(one, enum.Enum):
            return {"subtypes": [variant.value for variant in one]}
    return {}


def with_hosts(config, cls):
    """Patterns of hosts are parsed by a function, where there is one."""
    if hasattr(sys.modules[cls.__module__], "_parse_host_pattern"):
        config["endpoints"]["items"]["hosts"]["limits"] = {"format": "host"}
    return config


def takes_tools():
    """Whether a built-in toolset is still one after an entry with tools: before, the load of the whole file ends."""
    toolset = core.YAMLToolset(name="name", description="text", tools=[])
    tool = {"name": "name", "description": "text", "command": "true"}
    toolset.override_with(core.ToolsetYamlFromConfig(name="name", tools=[tool]))
    return hasattr(toolset.tools[0], "name")


def takes(kind, cls, key):
    """Whether an entry of this type is built with a key of other entries."""
    if key not in samples:
        return True
    entry = {"description": "text", "config": {"url": "http://host"}, "type": kind, key: samples[key]}
    if kind == "custom":
        entry["tools"] = []
    try:
        cls(**entry, name="name") if kind in ("custom", "mcp") else cls(name="name", **entry)
        return True
    except Exception:
        return False


# Keys of an entry in earlier releases.
once_keys = ["additional_instructions", "is_default", "restricted_tools"]
# Keys of an entry that not every type takes, with a value that is right.
samples = {
    "tools": [],
    "prerequisites": [],
    "tags": ["core"],
    "url": "http://host",
    "subtype": "text",
    "llm_instructions": "text",
    "approval_required_tools": [],
    "transformers": [],
    "icon_url": "text",
    "docs_url": "text",
    "installation_instructions": "text",
    "expose_remotely": True,
    "status_refresh_interval_seconds": 60,
    "restricted_tools": [],
    "additional_instructions": "text",
    "is_default": True,
    "meta": {},
    "experimental": True,
    "enabled": True,
}


def config_of(cls):
    """Keys of all the classes that a config may be of; required are those that each of them requires."""
    variants = [keys_of(one) for one in config_classes(cls)]
    if not variants:
        keys = keys_read_by(cls)
        return {key: {"type": "any"} for key in keys} or None
    merged = {}
    for variant in variants:
        for key, value in variant.items():
            merged[key] = {**merged.get(key, {}), **{k: v for k, v in value.items() if k != "required"}}
            if all(one.get(key, {}).get("required") for one in variants):
                merged[key]["required"] = True
    return {**read_beside(cls, merged), **merged} or None


def read_beside(cls, known):
    """Keys of which the module reads what variant of its config is meant, though no class has them."""
    functions = [one for one in vars(sys.modules[cls.__module__]).values() if isinstance(one, types.FunctionType) and one.__module__ == cls.__module__]
    return {key: {"type": "any"} for one in functions for key in keys_in(one) if key not in known}


def config_classes(cls):
    named = getattr(cls, "config_classes", None) or [getattr(cls, "config_class", None)]
    if named != [None]:
        return list(named)
    found = dict.fromkeys(one for function in own_functions(cls) for one in models_in(function.__code__, function))
    nested = {one for model in found for field in model.model_fields.values() for one in models_of(field.annotation)}
    return [one for one in found if one not in nested]


def own_functions(cls):
    """The functions of a toolset's class and of its bases below HolmesGPT's general ones."""
    general = {*core.Toolset.__mro__, core.YAMLToolset, core.ToolsetYamlFromConfig}
    for base in cls.__mro__:
        if base in general:
            continue
        for member in vars(base).values():
            member = getattr(member, "__func__", member)
            if isinstance(member, types.FunctionType):
                yield member


def models_in(code, function):
    for name in code.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, type) and issubclass(value, pydantic.BaseModel) and name.endswith("Config"):
            yield value
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from models_in(inner, function)


def models_of(annotation):
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from models_of(argument)


def pairs_of(models):
    """Keys that go together, or not: what the models refuse of a config with some of their optional texts."""
    models = [one for one in models if isinstance(one, type)]
    optional = list(dict.fromkeys(name for one in models for name in optional_texts(one)))
    bases = {one: required_of(one) for one in models}
    if not models or None in bases.values() or len(optional) > 24:
        return {}

    def fits(values):
        return any(accepts(one, {**base, **values}) for one, base in bases.items())

    if not fits({}):
        return {}
    needs, excludes = {}, []
    for name in optional:
        if fits({name: "text"}):
            continue
        partner = next((other for other in optional if other != name and fits({name: "text", other: "text"})), None)
        if partner is not None:
            needs[name] = partner
    for index, name in enumerate(optional):
        for other in optional[index + 1 :]:
            both = {key: "text" for one in (name, other) for key in (one, needs.get(one)) if key}
            alone = [{key: "text" for key in (one, needs.get(one)) if key} for one in (name, other)]
            if all(fits(one) for one in alone) and not fits(both):
                excludes.append([name, other])
    return {**({"needs": needs} if needs else {}), **({"excludes": excludes} if excludes else {})}


def optional_texts(model):
    return [name for name, field in model.model_fields.items() if not field.is_required() and shape_of(field.annotation) == {"type": "string"} and name not in internal_keys]


def required_of(model):
    """The smallest config that the model takes; nothing where none was found."""
    values = {}
    for name, field in model.model_fields.items():
        if not field.is_required():
            continue
        shape = shape_of(field.annotation)
        fillings = {"number": 5, "integer": 5, "boolean": True, "list": [], "map": {}}
        values[name] = fillings.get(shape["type"], "http://host" if "url" in name else "text")
        values[name] = shape.get("limits", {}).get("enum", [values[name]])[0]
    return values if accepts(model, values) else None


def accepts(model, values):
    try:
        model(**json.loads(json.dumps(values)))
        return True
    except Exception:
        return False


def keys_read_by(cls):
    """Keys that a toolset without a class for its config reads from the map."""
    return {key for function in own_functions(cls) for key in keys_in(function)}


def keys_in(function):
    """Keys that a function reads from a map that it is given as `config`."""
    if "config" not in inspect.signature(function).parameters:
        return
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="config"), attr="get"), args=[ast.Constant(value=str(key)), *_]):
                yield key
            case ast.Subscript(value=ast.Name(id="config"), slice=ast.Constant(value=str(key))):
                yield key


# Classes whose keys are being read: one that has itself within it is any value there. Pydantic resolves the name of such a
# class, which stands as a text in it, once the first of it is made.
reading = []


def apart(read):
    """A reader of a class, during which that class within itself is any value."""

    def reader(cls, **more):
        reading.append(cls)
        try:
            return read(cls, **more)
        finally:
            reading.pop()

    return reader


@apart
def keys_of(model):
    keys = {}
    for name, field in model.model_fields.items():
        if name in internal_keys:
            continue
        key = {**limited(shape_of(field.annotation), field.metadata), **({"required": True} if field.is_required() else {})}
        aliases = {field.alias, field.validation_alias} - {None}
        for alias in aliases or {name}:
            keys[alias] = key
    for old, new in getattr(model, "_deprecated_mappings", {}).items():
        # Without a successor it is taken and ignored, as every unknown key is.
        if new is None:
            continue
        current = keys[new]
        keys[old] = {**{k: v for k, v in current.items() if k != "required"}, "insteadOf": new}
    return {**keys, **renamed_in_code(model)}


def renamed_in_code(model):
    """Old keys that a validator of the class's own takes out of the map or what is left of it, and the key that it sets for them."""
    renamed = {}
    for decorator in model.__pydantic_decorators__.model_validators.values():
        if decorator.info.mode == "before" and decorator.cls_var_name == "handle_deprecated_fields":
            continue
        nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(decorator.func)))))
        for node in nodes:
            match node:
                case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(old)), *_]) | ast.Subscript(value=ast.Name(id="extra"), slice=ast.Constant(value=str(old))):
                    renamed[old] = {"type": "any", "insteadOf": next(assigned_in(nodes), None)}
    return renamed


def assigned_in(nodes):
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(key))) | ast.Attribute(value=ast.Name(id="self"), attr=str(key))]):
                yield key


def shape_of(annotation, within=True):
    """How a value of a Python type is written in YAML, and what stands within it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return limited(shape_of(arguments[0], within), arguments[1:])
    if origin in (typing.Union, types.UnionType):
        shapes = [shape_of(one, within) for one in arguments if one is not type(None)]
        if len(shapes) > 1 and all(one["type"] == "map" for one in shapes):
            return {"type": "map", **({"items": merged_items(shapes)} if within else {})}
        return shapes[0] if all(one == shapes[0] for one in shapes) else {"type": "any"}
    if origin is typing.Literal:
        return {"type": "string", "limits": {"enum": list(arguments)}}
    if origin in (list, set, tuple) or annotation in (list, set, tuple):
        return {"type": "list", **(inside(arguments[0]) if arguments and within else {})}
    if origin is dict or annotation is dict:
        inner = shape_of(arguments[1], within=False)["type"] if arguments and within else "any"
        return {"type": "map", **({} if inner == "any" else {"of": inner})}
    if not isinstance(annotation, type):
        return {"type": "any"}
    if annotation in reading:
        return {"type": "any"}
    if issubclass(annotation, pydantic.BaseModel):
        return {"type": "map", **({"items": keys_of(annotation)} if within else {})}
    if issubclass(annotation, enum.Enum):
        return {"type": "string", "limits": {"enum": [one.value for one in annotation]}}
    if issubclass(annotation, pydantic.AnyUrl):
        return {"type": "string", "limits": {"format": "url"}}
    scalars = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))
    return {"type": next((name for base, name in scalars if issubclass(annotation, base)), "any")}


def merged_items(shapes):
    """Keys of a map that one of several classes takes."""
    items = {}
    for shape in shapes:
        for name, key in shape.get("items", {}).items():
            items.setdefault(name, {field: value for field, value in key.items() if field != "required"})
    return items


def limited(shape, metadata):
    """A shape with the bounds that stand beside its type."""
    limits = dict(shape.get("limits", {}))
    for one in metadata:
        for name, value in (("min", getattr(one, "ge", None)), ("max", getattr(one, "le", None)), ("above", getattr(one, "gt", None))):
            if value is not None:
                limits[name] = value
        if getattr(one, "min_length", None) == 1:
            limits["filled"] = True
    return {**shape, **({"limits": limits} if limits else {})}


def inside(annotation):
    shape = shape_of(annotation)
    if "items" in shape:
        return {"items": shape["items"]}
    limits = {"limits": shape["limits"]} if "enum" in shape.get("limits", {}) else {}
    return {} if shape["type"] == "any" else {"of": shape["type"], **limits}


@apart
def entry_keys(cls, **more):
    keys = {name: limited(shape_of(field.annotation), field.metadata) for name, field in cls.model_fields.items()}
    named = {name: key for name, key in {**keys, **more}.items() if name not in internal_fields}
    return {name: without_internal(key) for name, key in named.items()}


def without_internal(key):
    """What HolmesGPT makes itself of a tool is written by no one."""
    items = {name: one for name, one in key.get("items", {}).items() if name not in internal_tool_keys}
    return {**key, "items": items} if items else key


if __name__ == "__main__":
    print(json.dumps(read_library(), indent=1, sort_keys=True))
