"""Prints, as JSON, what the installed HolmesGPT takes in its toolset file: toolsets, types, and the keys of each.

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
import textwrap
import types
import typing

# Before the import: HolmesGPT reads its environment while it loads.
os.environ.update(
    CUSTOM_TOOLSET_LOCATION="/nonexistent/custom_toolset.yaml",
    KUBECONFIG="/nonexistent/kubeconfig",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
)
logging.disable(logging.CRITICAL)

import pydantic
from holmes.core import tools as core
from holmes.core.toolset_manager import ToolsetManager
from holmes.plugins.toolsets.mcp.toolset_mcp import RemoteMCPToolset

# Fields of an entry's class that HolmesGPT sets itself: written in a file they are accepted, and mean nothing.
internal_fields = {"name", "status", "error", "path"}
# The same in the class of a config.
internal_keys = {"connection_error", "connection_status"}


def main():
    toolsets = ToolsetManager()._list_all_toolsets(None, check_prerequisites=False)
    by_type = {
        "custom": core.YAMLToolset,
        "database": optional_class("database.database", "DatabaseToolset"),
        "http": optional_class("http.http_toolset", "HttpToolset"),
        "mcp": RemoteMCPToolset,
        "mongodb": optional_class("mongodb.mongodb", "MongoDBToolset"),
    }
    known = {one.value for one in core.ToolsetType}
    answer = {
        "version": importlib.metadata.version("holmesgpt"),
        "toolsets": {one.name: builtin(one) for one in toolsets},
        "types": {name: {"config": config_of(cls)} for name, cls in by_type.items() if cls and name in known},
        "entryKeys": entry_keys(core.ToolsetYamlFromConfig),
        "mcpEntryKeys": entry_keys(RemoteMCPToolset, url="string"),
    }
    print(json.dumps(answer, indent=1, sort_keys=True))


def optional_class(module, name):
    try:
        return getattr(importlib.import_module(f"holmes.plugins.toolsets.{module}"), name)
    except ModuleNotFoundError:
        return None


def builtin(toolset):
    child = getattr(toolset, "_child_cls", None)
    config = config_of(child or type(toolset))
    if child and config is not None:
        instance = {**config, "name": {"type": "string"}}
        config = {**config, "instances": {"type": "list", "items": instance}}
    return {"config": config, **({"byDefault": True} if toolset.enabled else {})}


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
    return merged or None


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


def keys_read_by(cls):
    """Keys that a toolset without a class for its config reads from the map."""
    keys = set()
    for function in own_functions(cls):
        if "config" not in inspect.signature(function).parameters:
            continue
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="config"), attr="get"), args=[ast.Constant(value=str(key)), *_]):
                    keys.add(key)
                case ast.Subscript(value=ast.Name(id="config"), slice=ast.Constant(value=str(key))):
                    keys.add(key)
    return keys


def keys_of(model):
    keys = {}
    for name, field in model.model_fields.items():
        if name in internal_keys:
            continue
        key = {**shape_of(field.annotation), **({"required": True} if field.is_required() else {})}
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
    """Old keys that a validator of the class's own takes out of the map, and the key that it puts in their place."""
    renamed = {}
    for decorator in model.__pydantic_decorators__.model_validators.values():
        if decorator.info.mode != "before" or decorator.cls_var_name == "handle_deprecated_fields":
            continue
        nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(decorator.func)))))
        for node in nodes:
            match node:
                case ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(old)), *_]):
                    renamed[old] = {"type": "any", "insteadOf": next(assigned_in(nodes), None)}
    return renamed


def assigned_in(nodes):
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(key)))]):
                yield key


def shape_of(annotation, within=True):
    """How a value of a Python type is written in YAML, and what stands within it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return shape_of(arguments[0], within)
    if origin in (typing.Union, types.UnionType):
        shapes = [shape_of(one, within) for one in arguments if one is not type(None)]
        return shapes[0] if all(one == shapes[0] for one in shapes) else {"type": "any"}
    if origin is typing.Literal:
        return {"type": "string"}
    if origin in (list, set, tuple) or annotation in (list, set, tuple):
        return {"type": "list", **(inside(arguments[0]) if arguments and within else {})}
    if origin is dict or annotation is dict:
        return {"type": "map", **(inside(arguments[1]) if arguments and within else {})}
    if not isinstance(annotation, type):
        return {"type": "any"}
    if issubclass(annotation, pydantic.BaseModel):
        return {"type": "map", **({"items": keys_of(annotation)} if within else {})}
    scalars = ((bool, "boolean"), ((int, float), "number"), ((str, enum.Enum, pydantic.AnyUrl), "string"))
    return {"type": next((name for base, name in scalars if issubclass(annotation, base)), "any")}


def inside(annotation):
    shape = shape_of(annotation)
    if "items" in shape:
        return {"items": shape["items"]}
    return {} if shape["type"] == "any" else {"of": shape["type"]}


def entry_keys(cls, **more):
    keys = {name: shape_of(field.annotation, within=False)["type"] for name, field in cls.model_fields.items()}
    return {name: kind for name, kind in {**keys, **more}.items() if name not in internal_fields}


main()
