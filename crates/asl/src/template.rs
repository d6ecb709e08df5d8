//! Payload templates (`Parameters`, `ResultSelector`, `ItemSelector`, `Assign`, …): JSON in which the value of a field
//! `k.$` is a path or a call of an intrinsic function, and becomes the field `k`.

use serde_json::{Map, Value};

use crate::{
    intrinsic::{Argument, Call},
    path::{Path, Root},
    scope::Scope,
};

/// Why an expression has no value: an error name and AWS's text after `An error occurred while executing the state …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub error: &'static str,
    pub cause: String,
}

impl EvalError {
    pub fn runtime(cause: impl Into<String>) -> EvalError {
        EvalError { error: "States.Runtime", cause: cause.into() }
    }
}

/// What stands as the value of a field `k.$`.
#[derive(Clone, Debug)]
pub enum Expression {
    Path(Path),
    Call(Call),
}

/// A field that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblem {
    /// JSON Pointer from the template to the field.
    pub pointer: String,
    /// The field's name, with its `.$`.
    pub field: String,
    /// What AWS says.
    pub message: String,
}

#[derive(Clone, Debug)]
pub struct Template {
    node: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Literal(Value),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// `field` keeps its `.$`, for messages.
    Expression {
        field: String,
        expression: Expression,
    },
}

impl Expression {
    pub fn parse(text: &str) -> Option<Expression> {
        match Path::parse(text) {
            Ok(path) => Some(Expression::Path(path)),
            Err(_) => Call::parse(text).ok().map(Expression::Call),
        }
    }

    /// The value; `field` is the name that messages give.
    pub fn evaluate(&self, field: &str, scope: &mut Scope) -> Result<Value, EvalError> {
        match self {
            Expression::Call(call) => call.evaluate(scope),
            Expression::Path(path) => match path.read(scope) {
                Ok(value) => Ok(value.into_owned()),
                Err(_) => Err(EvalError::runtime(format!(
                    "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
                    path.text(),
                    path.document(scope).unwrap_or(scope.input),
                ))),
            },
        }
    }

    /// Every path in it, those of nested calls included.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        match self {
            Expression::Path(path) => paths.push(path),
            Expression::Call(call) => collect(call, &mut paths),
        }
        paths
    }
}

fn collect<'a>(call: &'a Call, paths: &mut Vec<&'a Path>) {
    for argument in call.arguments() {
        match argument {
            Argument::Literal(_) => {}
            Argument::Path(path) => paths.push(path),
            Argument::Call(call) => collect(call, paths),
        }
    }
}

impl Template {
    pub fn compile(value: &Value) -> Result<Template, Vec<TemplateProblem>> {
        let mut problems = Vec::new();
        let node = compile(value, &mut String::new(), &mut problems);
        if problems.is_empty() { Ok(Template { node }) } else { Err(problems) }
    }

    pub fn evaluate(&self, scope: &mut Scope) -> Result<Value, EvalError> {
        evaluate(&self.node, scope)
    }

    /// Every path that the template reads.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        gather(&self.node, &mut paths);
        paths
    }

    /// The variables that it reads, each once, in order of first mention.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for path in self.paths() {
            if let Root::Variable(name) = path.root()
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }
}

fn gather<'a>(node: &'a Node, paths: &mut Vec<&'a Path>) {
    match node {
        Node::Literal(_) => {}
        Node::Array(items) => items.iter().for_each(|item| gather(item, paths)),
        Node::Object(fields) => fields.iter().for_each(|(_, field)| gather(field, paths)),
        Node::Expression { expression, .. } => paths.extend(expression.paths()),
    }
}

fn compile(value: &Value, pointer: &mut String, problems: &mut Vec<TemplateProblem>) -> Node {
    match value {
        Value::Array(items) => {
            Node::Array(items.iter().map(|item| compile(item, pointer, problems)).collect())
        }
        Value::Object(fields) => {
            Node::Object(fields.iter().map(|(name, value)| field(name, value, pointer, problems)).collect())
        }
        literal => Node::Literal(literal.clone()),
    }
}

fn field(
    name: &str,
    value: &Value,
    pointer: &mut String,
    problems: &mut Vec<TemplateProblem>,
) -> (String, Node) {
    let Some(output) = name.strip_suffix(".$") else {
        return (name.to_owned(), compile(value, pointer, problems));
    };
    let node = match value.as_str().and_then(Expression::parse) {
        Some(expression) => Node::Expression { field: name.to_owned(), expression },
        None => {
            let message = format!(
                "The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
            );
            problems.push(TemplateProblem { pointer: pointer.clone(), field: name.to_owned(), message });
            Node::Literal(Value::Null)
        }
    };
    (output.to_owned(), node)
}

fn evaluate(node: &Node, scope: &mut Scope) -> Result<Value, EvalError> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::Array(items) => items.iter().map(|item| evaluate(item, scope)).collect(),
        Node::Object(fields) => {
            let mut object = Map::with_capacity(fields.len());
            for (name, node) in fields {
                object.insert(name.clone(), evaluate(node, scope)?);
            }
            Ok(Value::Object(object))
        }
        Node::Expression { field, expression } => expression.evaluate(field, scope),
    }
}
