"""Compiles the templates, once for each language: what a page always says is written out then, and
not again at each request."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, TypeGuard, cast

from jinja2 import BaseLoader, Environment, Template, TemplateAssertionError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

# Functions that give the same answer to the same question for as long as the server runs.
CONSTANT = ("_", "asset")
# A name written from right to left must not turn round the words about it. And it need not be a
# text, where another application has signed a visitor in.
ISOLATED = (Markup("<bdi>"), Markup("</bdi>"))
_OF_AN_EXTENSION = (nodes.Extends, nodes.Block)


def knowing(environment: Environment, names: Mapping[str, Any]) -> Environment:
    """An environment whose templates know these names when they are compiled, and no others."""
    # As coroutines, which Quart makes of them, they take more than twice the time.
    own = environment.overlay(enable_async=False)
    own.globals = {**names}
    own.filters = {**environment.filters, "isolated": _isolated}
    own.code_generator_class = _WritingOut
    return own


def compiled(environment: Environment) -> dict[str, Template]:
    """All its templates: read in a request, they would hold up all others."""
    templates = {name: environment.get_template(name) for name in environment.list_templates()}
    for template in templates.values():
        # Copied for each page. From the chain of dicts that it is, that is a third of the work.
        template.globals = dict(template.globals)
    return templates


class _WritingOut(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        super().visit_Template(_Known(self.environment).visit(node), frame)


class _Known(NodeTransformer):
    """Puts values in the place of names and calls of which they are known, and the pieces of a page
    in the place where they belong: what is left is one function that joins a few texts."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._names: Mapping[str, Any] = environment.globals
        self._blocks: dict[str, list[nodes.Node]] = {}

    def visit_Template(self, node: nodes.Template) -> nodes.Node:
        for block in node.find_all(nodes.Block):
            self._blocks.setdefault(block.name, block.body)
        if (parent := node.find(nodes.Extends)) is None:
            return self.generic_visit(node)
        if any(not isinstance(each, _OF_AN_EXTENSION) for each in _written(node.body)):
            raise TemplateAssertionError("this would be written nowhere: put it into a block", 1)
        return cast(nodes.Node, self.visit(self._parsed(parent.template)))

    def visit_Block(self, node: nodes.Block) -> list[nodes.Node]:
        return self._visited(self._blocks[node.name])

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:
        return self._visited(self._parsed(node.template).body)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        pieces = [piece for each in node.nodes for piece in self._pieces(each)]
        node.nodes = cast(list[nodes.Expr], self._visited(pieces))
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        value = self._names.get(node.name)
        return nodes.Const(value) if node.ctx == "load" and isinstance(value, str) else node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        asked = [each.value for each in node.args if isinstance(each, nodes.Const)]
        is_known = len(asked) == len(node.args) and not node.kwargs
        if is_known and isinstance(node.node, nodes.Name) and node.node.name in CONSTANT:
            return nodes.Const(self._names[node.node.name](*asked))
        return self.generic_visit(node)

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        super().generic_visit(node, *args, **kwargs)
        for field in ("body", "else_"):
            if isinstance(body := getattr(node, field, None), list):
                setattr(node, field, _joined(body))
        return node

    def _pieces(self, node: nodes.Expr) -> list[nodes.Expr]:
        """What is written for this, one after the other."""
        if isinstance(node, nodes.Filter) and node.name == "isolated" and node.node is not None:
            return [nodes.Const(ISOLATED[0]), node.node, nodes.Const(ISOLATED[1])]
        if _is_text_with_values(node):
            [text] = node.args
            values = {each.key: each.value for each in node.kwargs}
            said = re.split(r"%\((\w+)\)s", self._names["_"](text.as_const()))
            if not any("%" in part for part in said[::2]):
                parts = zip_longest(map(Markup, said[::2]), said[1::2])
                return [
                    piece
                    for text, name in parts
                    for piece in (nodes.Const(text), *(self._pieces(values[name]) if name else ()))
                ]
        return [node]

    def _parsed(self, template: nodes.Expr) -> nodes.Template:
        name = template.as_const()
        loader = cast(BaseLoader, self._environment.loader)
        source, _, _ = loader.get_source(self._environment, name)
        return self._environment.parse(source, name)

    def _visited(self, body: Sequence[nodes.Node]) -> list[nodes.Node]:
        visited: list[nodes.Node] = []
        for each in body:
            new = self.visit(each)
            visited += new if isinstance(new, list) else [new]
        return visited


def _written(body: list[nodes.Node]) -> list[nodes.Node]:
    """Without the empty lines in between."""
    return [each for each in body if not isinstance(each, nodes.Output) or not _is_blank(each)]


def _is_blank(node: nodes.Output) -> bool:
    return all(
        isinstance(each, nodes.TemplateData) and not each.data.strip() for each in node.nodes
    )


def _is_text_with_values(node: nodes.Expr) -> TypeGuard[nodes.Call]:
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name):
        return False
    has_one_text = len(node.args) == 1 and isinstance(node.args[0], nodes.Const)
    return node.node.name == "_" and has_one_text and bool(node.kwargs)


def _joined(body: list[nodes.Node]) -> list[nodes.Node]:
    """Texts that follow each other are written as one."""
    joined: list[nodes.Node] = []
    for node in body:
        last = joined[-1] if joined else None
        if isinstance(node, nodes.Output) and isinstance(last, nodes.Output):
            last.nodes += node.nodes
        else:
            joined.append(node)
    return joined


def _isolated(name: object) -> Markup:
    return ISOLATED[0] + escape(name) + ISOLATED[1]
