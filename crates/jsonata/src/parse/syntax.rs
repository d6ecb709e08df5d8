//! What the parser makes of the tokens, before paths are settled. Short-lived.

use crate::ast::Operator;
use crate::signature::Signature;

#[derive(Debug)]
pub(crate) struct Syntax {
    pub kind: Form,
    pub position: usize,
    /// `[]` stands behind it.
    pub keep_array: bool,
    /// How deep it nests; bounded, because what follows works by recursion.
    pub height: u32,
}

#[derive(Debug)]
pub(crate) enum Form {
    /// The end of the text, where something was expected.
    End,
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Regex {
        pattern: String,
        flags: String,
    },
    Name(String),
    Variable(String),
    Wildcard,
    Descendant,
    Parent,
    Placeholder,
    /// Joined by `.`.
    Path(Vec<Syntax>),
    /// With predicates, each with the position of its bracket.
    Filtered(Box<Syntax>, Vec<(usize, Syntax)>),
    Chain(Box<Syntax>, Vec<(Operator, usize, Syntax)>),
    Negate(Box<Syntax>),
    Array(Vec<Syntax>),
    Range(Box<Syntax>, Box<Syntax>),
    Object(Vec<(Syntax, Syntax)>),
    Group(Box<Syntax>, Vec<(Syntax, Syntax)>),
    /// Terms, each with whether it descends.
    Sort(Box<Syntax>, Vec<(bool, Syntax)>),
    Bind(String, Box<Syntax>),
    Focus(Box<Syntax>, String),
    Index(Box<Syntax>, String),
    Condition(Box<Syntax>, Box<Syntax>, Option<Box<Syntax>>),
    Default(Box<Syntax>, Box<Syntax>),
    Coalesce(Box<Syntax>, Box<Syntax>),
    Apply(Box<Syntax>, Box<Syntax>),
    Block {
        expressions: Vec<Syntax>,
        binds: bool,
    },
    Call {
        procedure: Box<Syntax>,
        arguments: Vec<Syntax>,
        partial: bool,
    },
    Lambda {
        parameters: Vec<String>,
        signature: Option<Signature>,
        body: Box<Syntax>,
    },
    Transform {
        pattern: Box<Syntax>,
        update: Box<Syntax>,
        delete: Option<Box<Syntax>>,
    },
}
