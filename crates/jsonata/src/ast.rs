//! A parsed expression: immutable, shared by all who evaluate it.
//!
//! What JSONata calls steps, stages and tuples is settled here: a path is a list of steps, a chain of binary
//! operators is a list of links (so that five thousand `&` nest no deeper than one), and a call knows whether it
//! stands where nothing is left to do after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32};

use crate::functions::Native;
use crate::regex::Pattern;
use crate::signature::Signature;

/// A piece of an expression. Most have no `extra`, which the evaluator makes use of.
#[derive(Debug)]
pub(crate) struct Node {
    pub kind: Kind,
    pub position: usize,
    pub extra: Option<Box<Extra>>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    String(Box<str>),
    Regex(Box<Pattern>),
    /// A field. Stands only in paths.
    Name(Box<str>),
    /// `*`
    Wildcard,
    /// `**`
    Descendant,
    /// `%`
    Parent(Arc<Slot>),
    /// `$`
    Context,
    /// `$$`
    Root,
    Variable(Box<Variable>),
    Path(Box<Path>),
    Chain(Box<Chain>),
    Negate(Box<Node>),
    Array(Vec<Node>),
    /// `from..to`. Stands only in array constructors.
    Range(Box<(Node, Node)>),
    Object(Box<Pairs>),
    Block(Box<Block>),
    Condition(Box<Condition>),
    /// `?:`
    Default(Box<(Node, Node)>),
    /// `??`
    Coalesce(Box<(Node, Node)>),
    Bind(Box<Bind>),
    Call(Box<Call>),
    /// A call with a `?` among its arguments.
    Partial(Box<Call>),
    /// That `?`.
    Placeholder,
    Lambda(Box<Lambda>),
    /// `~>`
    Apply(Box<(Node, Node)>),
    Transform(Box<Transform>),
    /// `^(…)`. Stands only in paths.
    Sort(Vec<Term>),
}

/// What only some nodes have.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    /// `[]`: one result stays an array.
    pub keep_array: bool,
    /// An array constructor at an end of a path: what it makes isn't flattened.
    pub cons_array: bool,
    /// The step passes on tuples: an item with what is bound to it.
    pub tuple: bool,
    /// Filters of a node that isn't a step.
    pub predicates: Vec<Node>,
    /// Filters and index bindings of a step.
    pub stages: Vec<Stage>,
    pub group: Option<Pairs>,
    /// `@$name`
    pub focus: Option<Box<str>>,
    /// `#$name`
    pub index: Option<Box<str>>,
    /// The step whose input a `%` asks for.
    pub ancestor: Option<Arc<Slot>>,
    /// While parsing: parents that are asked for within and not found yet.
    pub seeking: Vec<Arc<Slot>>,
}

#[derive(Debug)]
pub(crate) enum Stage {
    Filter(Node),
    Index(Box<str>),
}

/// What a `%` refers to. Two `%` that mean the same step share a label, which is known only when the path is whole;
/// from then on it doesn't change.
#[derive(Debug)]
pub(crate) struct Slot {
    pub label: AtomicU32,
    /// While parsing: how many steps up.
    pub level: AtomicI32,
}

#[derive(Debug)]
pub(crate) struct Variable {
    pub name: Box<str>,
    /// The built-in function of this name, unless something else is bound to it.
    pub native: Option<&'static Native>,
}

#[derive(Debug)]
pub(crate) struct Path {
    pub steps: Vec<Node>,
    pub keep_singleton: bool,
}

#[derive(Debug)]
pub(crate) struct Chain {
    pub first: Node,
    pub links: Vec<Link>,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub operator: Operator,
    pub position: usize,
    pub operand: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Concatenate,
    In,
    And,
    Or,
}

impl Operator {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::Modulo => "%",
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Concatenate => "&",
            Operator::In => "in",
            Operator::And => "and",
            Operator::Or => "or",
        }
    }
}

/// Keys and values of an object, or of a grouping.
#[derive(Debug)]
pub(crate) struct Pairs {
    pub pairs: Vec<(Node, Node)>,
    pub position: usize,
}

#[derive(Debug)]
pub(crate) struct Block {
    pub expressions: Vec<Node>,
    /// Whether something is bound within, so that a frame is needed.
    pub binds: bool,
}

#[derive(Debug)]
pub(crate) struct Condition {
    pub condition: Node,
    pub then: Node,
    pub otherwise: Option<Node>,
}

#[derive(Debug)]
pub(crate) struct Bind {
    pub name: Box<str>,
    pub value: Node,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub procedure: Node,
    pub arguments: Vec<Node>,
    /// Nothing is left to do in the function around it: its frame can go before the call.
    pub tail: bool,
}

#[derive(Debug)]
pub(crate) struct Lambda {
    pub parameters: Vec<Box<str>>,
    pub signature: Option<Signature>,
    pub body: Node,
}

#[derive(Debug)]
pub(crate) struct Transform {
    pub pattern: Node,
    pub update: Node,
    pub delete: Option<Node>,
}

#[derive(Debug)]
pub(crate) struct Term {
    pub descending: bool,
    pub expression: Node,
}

impl Node {
    pub(crate) fn new(kind: Kind, position: usize) -> Node {
        Node { kind, position, extra: None }
    }

    pub(crate) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether a step is to be evaluated for tuples.
    pub(crate) fn is_tuple(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.tuple)
    }

    pub(crate) fn is_cons_array(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.cons_array)
    }

    /// What JSONata names a call by in its errors.
    pub(crate) fn called_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Variable(variable) => Some(&variable.name),
            Kind::Path(path) => match path.steps.first().map(|step| &step.kind) {
                Some(Kind::Name(name)) => Some(name),
                _ => None,
            },
            Kind::String(text) => Some(text),
            Kind::Call(_) | Kind::Partial(_) => Some("("),
            Kind::Array(_) => Some("["),
            Kind::Object(_) => Some("{"),
            _ => None,
        }
    }
}
