//! Settles paths: what is a step, which filters belong to which step, what a `%` refers to, which calls are in tail
//! position. Works from the inside out.

use super::ancestry::{self, new_slot, push_ancestry};
use super::syntax::{Form, Syntax};
use crate::ast::*;
use crate::error::Error;
use crate::functions;
use crate::regex::Pattern;

pub(super) fn resolve(tree: Syntax) -> Result<Node, Box<Error>> {
    let mut resolver = Resolver { labels: 0 };
    let node = resolver.node(tree)?;
    if let Kind::Parent(_) = node.kind {
        return Err(Error::new("S0217").at(node.position).token("parent"));
    }
    if node.extra.as_ref().is_some_and(|extra| !extra.seeking.is_empty()) {
        return Err(Error::new("S0217").at(node.position).token(ancestry::type_name(&node)));
    }
    Ok(node)
}

pub(super) struct Resolver {
    /// How many labels there are for `%`.
    labels: u32,
}

type Resolved = Result<Node, Box<Error>>;

impl Resolver {
    fn boxed(&mut self, tree: Box<Syntax>) -> Resolved {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.node(*tree))
    }

    fn each(&mut self, list: Vec<Syntax>) -> Result<Vec<Node>, Box<Error>> {
        list.into_iter().map(|tree| self.boxed(Box::new(tree))).collect()
    }

    fn node(&mut self, tree: Syntax) -> Resolved {
        let keep_array = tree.keep_array;
        let mut node = self.kind(tree)?;
        if keep_array {
            node.extra_mut().keep_array = true;
        }
        Ok(node)
    }

    fn kind(&mut self, tree: Syntax) -> Resolved {
        let position = tree.position;
        let kind = match tree.kind {
            Form::End => return Err(Error::new("S0207").at(position).token("(end)")),
            Form::Null => Kind::Null,
            Form::Bool(value) => Kind::Bool(value),
            Form::Number(number) => Kind::Number(number),
            Form::String(text) => Kind::String(text.into()),
            Form::Regex { pattern, flags } => {
                Kind::Regex(Box::new(Pattern::new(&pattern, &flags, position)?))
            }
            Form::Name(name) => return Ok(name_path(name, position, tree.keep_array)),
            Form::Variable(name) => variable(name),
            Form::Wildcard => Kind::Wildcard,
            Form::Descendant => Kind::Descendant,
            Form::Parent => {
                self.labels += 1;
                Kind::Parent(new_slot(self.labels - 1))
            }
            Form::Placeholder => Kind::Placeholder,
            Form::Path(steps) => return self.path(steps),
            Form::Filtered(left, filters) => return self.filtered(left, filters),
            Form::Group(left, pairs) => return self.group(left, pairs, position),
            Form::Sort(left, terms) => return self.sort(left, terms, position),
            Form::Focus(left, name) => return self.focus(left, name, tree.keep_array, position),
            Form::Index(left, name) => return self.index(left, name),
            Form::Block { expressions, binds } => return self.block(expressions, binds, position),
            Form::Lambda { parameters, signature, body } => {
                let mut body = self.boxed(body)?;
                mark_tail_calls(&mut body);
                let parameters = parameters.into_iter().map(String::into).collect();
                Kind::Lambda(Box::new(Lambda { parameters, signature, body }))
            }
            Form::Transform { pattern, update, delete } => {
                let (pattern, update) = (self.boxed(pattern)?, self.boxed(update)?);
                let delete = delete.map(|delete| self.boxed(delete)).transpose()?;
                Kind::Transform(Box::new(Transform { pattern, update, delete }))
            }
            Form::Negate(operand) => return self.negate(operand, position),
            other => return self.compound(other, position),
        };
        Ok(Node::new(kind, position))
    }

    /// Forms that hand the parents sought within them on to whoever is around.
    fn compound(&mut self, form: Form, position: usize) -> Resolved {
        let mut seeking = Vec::new();
        let kind = match form {
            Form::Chain(first, links) => {
                let first = push_ancestry(&mut seeking, self.boxed(first)?);
                let mut resolved = Vec::with_capacity(links.len());
                for (operator, position, operand) in links {
                    let operand = push_ancestry(&mut seeking, self.boxed(Box::new(operand))?);
                    resolved.push(Link { operator, position, operand });
                }
                Kind::Chain(Box::new(Chain { first, links: resolved }))
            }
            Form::Array(items) => Kind::Array(self.sought(items, &mut seeking)?),
            Form::Range(from, to) => Kind::Range(self.both(from, to, &mut seeking)?),
            Form::Object(pairs) => {
                let mut resolved = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    let key = push_ancestry(&mut seeking, self.boxed(Box::new(key))?);
                    resolved.push((key, push_ancestry(&mut seeking, self.boxed(Box::new(value))?)));
                }
                Kind::Object(Box::new(Pairs { pairs: resolved, position }))
            }
            Form::Default(left, right) => Kind::Default(self.both(left, right, &mut seeking)?),
            Form::Coalesce(left, right) => Kind::Coalesce(self.both(left, right, &mut seeking)?),
            Form::Condition(condition, then, otherwise) => {
                let (condition, then) = *self.both(condition, then, &mut seeking)?;
                let otherwise = match otherwise {
                    Some(otherwise) => Some(push_ancestry(&mut seeking, self.boxed(otherwise)?)),
                    None => None,
                };
                Kind::Condition(Box::new(Condition { condition, then, otherwise }))
            }
            Form::Bind(name, value) => {
                let value = push_ancestry(&mut seeking, self.boxed(value)?);
                Kind::Bind(Box::new(Bind { name: name.into(), value }))
            }
            Form::Apply(left, right) => {
                let (left, right) = (self.boxed(left)?, self.boxed(right)?);
                let keeps = |node: &Node| node.extra.as_ref().is_some_and(|extra| extra.keep_array);
                let keep_array = keeps(&left) || keeps(&right);
                let mut node = Node::new(Kind::Apply(Box::new((left, right))), position);
                if keep_array {
                    node.extra_mut().keep_array = true;
                }
                return Ok(node);
            }
            Form::Call { procedure, arguments, partial } => {
                let arguments = self.sought(arguments, &mut seeking)?;
                let call = Box::new(Call { procedure: self.boxed(procedure)?, arguments, tail: false });
                if partial { Kind::Partial(call) } else { Kind::Call(call) }
            }
            _ => return Err(Error::new("S0206").at(position)),
        };
        let mut node = Node::new(kind, position);
        if !seeking.is_empty() {
            node.extra_mut().seeking = seeking;
        }
        Ok(node)
    }

    fn both(
        &mut self,
        left: Box<Syntax>,
        right: Box<Syntax>,
        seeking: &mut Vec<std::sync::Arc<Slot>>,
    ) -> Result<Box<(Node, Node)>, Box<Error>> {
        let left = push_ancestry(seeking, self.boxed(left)?);
        Ok(Box::new((left, push_ancestry(seeking, self.boxed(right)?))))
    }

    fn sought(
        &mut self,
        list: Vec<Syntax>,
        seeking: &mut Vec<std::sync::Arc<Slot>>,
    ) -> Result<Vec<Node>, Box<Error>> {
        Ok(self.each(list)?.into_iter().map(|node| push_ancestry(seeking, node)).collect())
    }

    fn negate(&mut self, operand: Box<Syntax>, position: usize) -> Resolved {
        let mut operand = self.boxed(operand)?;
        if let Kind::Number(number) = &mut operand.kind {
            *number = -*number;
            return Ok(operand);
        }
        let mut seeking = Vec::new();
        let operand = push_ancestry(&mut seeking, operand);
        let mut node = Node::new(Kind::Negate(Box::new(operand)), position);
        if !seeking.is_empty() {
            node.extra_mut().seeking = seeking;
        }
        Ok(node)
    }

    fn block(&mut self, expressions: Vec<Syntax>, binds: bool, position: usize) -> Resolved {
        let mut seeking = Vec::new();
        let expressions = self.sought(expressions, &mut seeking)?;
        let cons_array = expressions.iter().any(|part| {
            part.is_cons_array()
                || matches!(&part.kind, Kind::Path(path) if path.steps.first().is_some_and(Node::is_cons_array))
        });
        let mut node = Node::new(Kind::Block(Box::new(Block { expressions, binds })), position);
        if cons_array || !seeking.is_empty() {
            *node.extra_mut() = Extra { cons_array, seeking, ..Extra::default() };
        }
        Ok(node)
    }

    fn path(&mut self, trees: Vec<Syntax>) -> Resolved {
        let mut trees = trees.into_iter();
        let Some(first) = trees.next() else { return Err(Error::new("S0206")) };
        let mut result = as_path(self.boxed(Box::new(first))?);
        let mut fresh = 0;
        for tree in trees {
            let mut rest = self.boxed(Box::new(tree))?;
            let path = path_mut(&mut result);
            match rest.kind {
                Kind::Path(tail) => path.steps.extend(tail.steps),
                _ => {
                    if let Some(extra) = &mut rest.extra {
                        extra.stages =
                            std::mem::take(&mut extra.predicates).into_iter().map(Stage::Filter).collect();
                    }
                    path.steps.push(rest);
                }
            }
            settle_steps(path, fresh)?;
            fresh = path.steps.len();
            ancestry::resolve(&mut result)?;
        }
        Ok(result)
    }

    fn filtered(&mut self, left: Box<Syntax>, filters: Vec<(usize, Syntax)>) -> Resolved {
        let mut result = self.boxed(left)?;
        for (position, tree) in filters {
            let is_path = matches!(result.kind, Kind::Path(_));
            let step = last_step(&mut result);
            if step.extra.as_ref().is_some_and(|extra| extra.group.is_some()) {
                return Err(Error::new("S0209").at(position));
            }
            let filter = ancestry::of_filter(step, self.boxed(Box::new(tree))?)?;
            let extra = step.extra_mut();
            match is_path {
                true => extra.stages.push(Stage::Filter(filter)),
                false => extra.predicates.push(filter),
            }
        }
        Ok(result)
    }

    fn group(&mut self, left: Box<Syntax>, pairs: Vec<(Syntax, Syntax)>, position: usize) -> Resolved {
        let mut result = self.boxed(left)?;
        if result.extra.as_ref().is_some_and(|extra| extra.group.is_some()) {
            return Err(Error::new("S0210").at(position));
        }
        let mut resolved = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            resolved.push((self.boxed(Box::new(key))?, self.boxed(Box::new(value))?));
        }
        result.extra_mut().group = Some(Pairs { pairs: resolved, position });
        Ok(result)
    }

    fn sort(&mut self, left: Box<Syntax>, terms: Vec<(bool, Syntax)>, position: usize) -> Resolved {
        let left = self.boxed(left)?;
        let mut result = match left.kind {
            Kind::Path(_) => left,
            _ => Node::new(Kind::Path(Box::new(Path { steps: vec![left], keep_singleton: false })), position),
        };
        let mut seeking = Vec::new();
        let mut resolved = Vec::with_capacity(terms.len());
        for (descending, term) in terms {
            let expression = push_ancestry(&mut seeking, self.boxed(Box::new(term))?);
            resolved.push(Term { descending, expression });
        }
        let mut step = Node::new(Kind::Sort(resolved), position);
        if !seeking.is_empty() {
            step.extra_mut().seeking = seeking;
        }
        path_mut(&mut result).steps.push(step);
        ancestry::resolve(&mut result)?;
        Ok(result)
    }

    fn focus(&mut self, left: Box<Syntax>, name: String, keep_array: bool, position: usize) -> Resolved {
        let mut result = self.boxed(left)?;
        let step = last_step(&mut result);
        if step.extra.as_ref().is_some_and(|extra| !extra.stages.is_empty() || !extra.predicates.is_empty()) {
            return Err(Error::new("S0215").at(position));
        }
        if let Kind::Sort(_) = step.kind {
            return Err(Error::new("S0216").at(position));
        }
        let extra = step.extra_mut();
        extra.keep_array |= keep_array;
        extra.focus = Some(name.into());
        extra.tuple = true;
        Ok(result)
    }

    fn index(&mut self, left: Box<Syntax>, name: String) -> Resolved {
        let mut result = self.boxed(left)?;
        if !matches!(result.kind, Kind::Path(_)) {
            if let Some(extra) = &mut result.extra {
                extra.stages = std::mem::take(&mut extra.predicates).into_iter().map(Stage::Filter).collect();
            }
            let position = result.position;
            result = Node::new(
                Kind::Path(Box::new(Path { steps: vec![result], keep_singleton: false })),
                position,
            );
        }
        let extra = last_step(&mut result).extra_mut();
        match extra.stages.is_empty() {
            true => extra.index = Some(name.into()),
            false => extra.stages.push(Stage::Index(name.into())),
        }
        extra.tuple = true;
        Ok(result)
    }
}

fn name_path(name: String, position: usize, keep_singleton: bool) -> Node {
    let mut step = Node::new(Kind::Name(name.into()), position);
    if keep_singleton {
        step.extra_mut().keep_array = true;
    }
    Node::new(Kind::Path(Box::new(Path { steps: vec![step], keep_singleton })), position)
}

fn variable(name: String) -> Kind {
    match name.as_str() {
        "" => Kind::Context,
        "$" => Kind::Root,
        _ => Kind::Variable(Box::new(Variable { native: functions::native(&name), name: name.into() })),
    }
}

/// A node as the beginning of a path.
fn as_path(first: Node) -> Node {
    match first.kind {
        Kind::Path(_) => first,
        _ => {
            let position = first.position;
            let seeking = match &first.kind {
                Kind::Parent(slot) => vec![slot.clone()],
                _ => Vec::new(),
            };
            let mut path =
                Node::new(Kind::Path(Box::new(Path { steps: vec![first], keep_singleton: false })), position);
            if !seeking.is_empty() {
                path.extra_mut().seeking = seeking;
            }
            path
        }
    }
}

pub(super) fn path_mut(node: &mut Node) -> &mut Path {
    match &mut node.kind {
        Kind::Path(path) => path,
        _ => unreachable!("only paths are asked for their steps"),
    }
}

/// The node itself, or the last step of a path.
fn last_step(node: &mut Node) -> &mut Node {
    if let Kind::Path(_) = node.kind {
        return path_mut(node).steps.last_mut().expect("a path has steps");
    }
    node
}

/// Looks at the steps from `fresh` on: literals become names or errors, constructors at an end stay whole.
fn settle_steps(path: &mut Path, fresh: usize) -> Result<(), Box<Error>> {
    for step in &mut path.steps[fresh..] {
        match &mut step.kind {
            Kind::Number(number) => {
                return Err(Error::new("S0213").at(step.position).value(crate::value::number_json(*number)));
            }
            Kind::Null => return Err(Error::new("S0213").at(step.position).value(())),
            Kind::Bool(value) => return Err(Error::new("S0213").at(step.position).value(*value)),
            Kind::String(text) => step.kind = Kind::Name(std::mem::take(text)),
            _ => {}
        }
        path.keep_singleton |= step.extra.as_ref().is_some_and(|extra| extra.keep_array);
    }
    let last = path.steps.len() - 1;
    for end in [0, last] {
        if let Kind::Array(_) = path.steps[end].kind {
            path.steps[end].extra_mut().cons_array = true;
        }
    }
    Ok(())
}

/// A call that is the last thing a function does needs none of the function's frame.
fn mark_tail_calls(node: &mut Node) {
    let plain = node.extra.as_ref().is_none_or(|extra| extra.predicates.is_empty());
    match &mut node.kind {
        Kind::Call(call) if plain => call.tail = true,
        Kind::Condition(condition) => {
            mark_tail_calls(&mut condition.then);
            if let Some(otherwise) = &mut condition.otherwise {
                mark_tail_calls(otherwise);
            }
        }
        Kind::Default(pair) | Kind::Coalesce(pair) => mark_tail_calls(&mut pair.1),
        Kind::Block(block) => {
            if let Some(last) = block.expressions.last_mut() {
                mark_tail_calls(last);
            }
        }
        _ => {}
    }
}
