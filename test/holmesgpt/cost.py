"""What a toolset of the installed HolmesGPT adds to each prompt, for catalog.py and judge.py."""

import inspect
import json


def cost_of(toolset):
    """Tools, and estimated tokens of their schemas and of the toolset's part of the instructions."""
    tools = [openai_format(one) for one in toolset.tools]
    schemas = "".join(json.dumps(one, ensure_ascii=False) for one in tools)
    text = toolset.llm_instructions
    return {"tools": len(tools), "schemas": tokens(schemas), "instructions": tokens(f"\n\n## {toolset.name}\n{text}") if text else 0}


def openai_format(tool):
    """A tool as it is sent to a model; once this depended on the model."""
    takes_model = "target_model" in inspect.signature(tool.get_openai_format).parameters
    return tool.get_openai_format(**({"target_model": "gpt-4o"} if takes_model else {}))


def tokens(text):
    """Four characters are about a token."""
    return -(-len(text) // 4)
