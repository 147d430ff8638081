"""Compiles the templates, once for each language: what a page always says is written out then, and
not again at each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from jinja2 import BaseLoader, Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

# Functions that give the same answer to the same question for as long as the server runs.
CONSTANT = ("_", "asset")


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
    """Puts values in the place of names and calls of which they are known, and templates in the
    place where they are included."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._names: Mapping[str, Any] = environment.globals

    def visit_Include(self, node: nodes.Include) -> list[nodes.Node]:
        name = node.template.as_const()
        loader = cast(BaseLoader, self._environment.loader)
        source, _, _ = loader.get_source(self._environment, name)
        return [self.visit(each) for each in self._environment.parse(source, name).body]

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        value = self._names.get(node.name)
        return nodes.Const(value) if node.ctx == "load" and isinstance(value, str) else node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        asked = [each.value for each in node.args if isinstance(each, nodes.Const)]
        is_known = len(asked) == len(node.args) and not node.kwargs
        if is_known and isinstance(node.node, nodes.Name) and node.node.name in CONSTANT:
            return nodes.Const(self._names[node.node.name](*asked))
        return self.generic_visit(node)


def _isolated(name: object) -> Markup:
    # A name written from right to left must not turn round the words about it. And it need not be
    # a text, where another application has signed somebody in.
    return Markup("<bdi>") + escape(name) + Markup("</bdi>")
