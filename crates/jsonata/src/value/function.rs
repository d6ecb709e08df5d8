//! Functions as values, and the two things that travel as values within the evaluator only.

use std::rc::Rc;

use super::{Str, Value};
use crate::ast;
use crate::evaluate::FrameId;
use crate::functions::Native;
use crate::regex::Pattern;
use crate::scope::HostFunction;

#[derive(Debug)]
pub(crate) struct Function<'a> {
    pub kind: FunctionKind<'a>,
    pub depth: u32,
}

#[derive(Debug)]
pub(crate) enum FunctionKind<'a> {
    Native(&'static Native),
    Host(&'a HostFunction),
    Lambda {
        lambda: &'a ast::Lambda,
        input: Value<'a>,
        frame: FrameId,
    },
    /// `None` is a `?`.
    Partial {
        target: Rc<Function<'a>>,
        arguments: Vec<Option<Value<'a>>>,
    },
    Transform {
        transform: &'a ast::Transform,
        position: usize,
        frame: FrameId,
    },
    /// `first ~> second`
    Composed {
        first: Value<'a>,
        second: Value<'a>,
    },
    Regex(&'a Pattern),
    /// The `next` of a match: goes on behind it, in bytes.
    NextMatch {
        pattern: &'a Pattern,
        text: Str<'a>,
        from: usize,
    },
}

impl<'a> Function<'a> {
    pub(crate) fn new(kind: FunctionKind<'a>) -> Self {
        let depth = 1 + match &kind {
            FunctionKind::Lambda { input, .. } => input.depth(),
            FunctionKind::Partial { target, arguments } => {
                arguments.iter().flatten().map(Value::depth).max().unwrap_or(0).max(target.depth)
            }
            FunctionKind::Composed { first, second } => first.depth().max(second.depth()),
            _ => 0,
        };
        Function { kind, depth }
    }

    /// How many arguments it takes note of.
    pub(crate) fn arity(&self) -> usize {
        match &self.kind {
            FunctionKind::Native(native) => native.arity,
            FunctionKind::Host(host) => host.arity,
            FunctionKind::Lambda { lambda, .. } => lambda.parameters.len(),
            FunctionKind::Partial { arguments, .. } => {
                arguments.iter().filter(|argument| argument.is_none()).count()
            }
            FunctionKind::Transform { .. } | FunctionKind::Composed { .. } => 1,
            FunctionKind::Regex(_) => 2,
            FunctionKind::NextMatch { .. } => 0,
        }
    }
}

/// An item on its way through a path that binds, with what is bound to it.
#[derive(Debug, Clone)]
pub(crate) struct Tuple<'a> {
    pub item: Value<'a>,
    pub bound: Vec<(TupleKey<'a>, Value<'a>)>,
}

/// A name that a path binds, or the label of a `%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TupleKey<'a> {
    Name(&'a str),
    Label(u32),
}

impl<'a> Tuple<'a> {
    pub(crate) fn bind(&mut self, key: TupleKey<'a>, value: Value<'a>) {
        match self.bound.iter_mut().find(|(bound, _)| *bound == key) {
            Some((_, place)) => *place = value,
            None => self.bound.push((key, value)),
        }
    }
}

/// A call that a function ends with, its arguments evaluated.
#[derive(Debug)]
pub(crate) struct TailCall<'a> {
    pub procedure: Value<'a>,
    pub arguments: Vec<Value<'a>>,
    pub name: Option<&'a str>,
    pub position: usize,
}
