//! Payload templates (`Parameters`, `ResultSelector`, `ItemSelector`, `Assign`, …): JSON in which the value of a field
//! `k.$` is a path or a call of an intrinsic function, and becomes the field `k`. Everything else is copied; a text
//! that looks like a path is only one in such a field. In the templates of JSONata (`Arguments`, `Output`, …) a text
//! `{% … %}` is an expression, wherever it stands.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{
    intrinsic::Call,
    jsonata,
    limits::{Budget, MAX_DEPTH, TooMuch, check_depth},
    path::{Path, PathError, Root},
    scope::Scope,
};

#[cfg(test)]
mod tests;

/// Why an expression has no value: an error name, and AWS's text after `An error occurred while executing the state …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    pub error: &'static str,
    pub cause: String,
    /// The field that is named by the history, where AWS names one: `Output/result`. Only for
    /// `States.QueryEvaluationError`.
    pub location: Option<String>,
}

/// What fails in an expression of JSONata.
pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";

impl EvalError {
    pub fn runtime(cause: impl Into<String>) -> EvalError {
        EvalError { error: "States.Runtime", cause: cause.into(), location: None }
    }

    pub fn query(cause: impl Into<String>, location: Option<String>) -> EvalError {
        EvalError { error: QUERY_EVALUATION_ERROR, cause: cause.into(), location }
    }
}

impl From<TooMuch> for EvalError {
    fn from(error: TooMuch) -> EvalError {
        EvalError::runtime(error.to_string())
    }
}

/// What stands as the value of a field `k.$`.
#[derive(Clone, Debug)]
pub enum Expression {
    Path(Path),
    Call(Call),
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
        let value = self.evaluate_within(field, scope, &mut Budget::new())?;
        check_depth(&value)?;
        Ok(value)
    }

    fn evaluate_within(
        &self,
        field: &str,
        scope: &mut Scope,
        budget: &mut Budget,
    ) -> Result<Value, EvalError> {
        match self {
            Expression::Call(call) => call.evaluate_within(scope, budget),
            Expression::Path(path) => read(path, field, scope, budget),
        }
    }

    /// Every path in it, those of nested calls included.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Expression::Path(path) => vec![path],
            Expression::Call(call) => call.paths(),
        }
    }
}

/// An element past the end of an array is `null`, unlike in an intrinsic function.
fn read(path: &Path, field: &str, scope: &Scope, budget: &mut Budget) -> Result<Value, EvalError> {
    if *path.root() == Root::Input && scope.input.is_null() {
        return Err(EvalError::runtime("Unable to apply Path transformation to null or empty input."));
    }
    let document = path.document(scope);
    match document.clone().and_then(|document| path.find(document, budget)) {
        Ok(Some(value)) => Ok(budget.copy(&value)?),
        Ok(None) => Ok(Value::Null),
        Err(PathError::TooMuch) => Err(TooMuch.into()),
        Err(_) => Err(EvalError::runtime(format!(
            "The JSONPath '{}' specified for the field '{field}' could not be found in the input '{}'",
            path.text(),
            document.unwrap_or(scope.input),
        ))),
    }
}

/// A field that can't be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblem {
    /// Where the object with the field is, from the template on, as AWS writes locations: `/Payload/List[0]`.
    pub pointer: String,
    /// The field's name, with its `.$`.
    pub field: String,
    /// What AWS says.
    pub message: String,
}

/// A compiled template.
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
    Jsonata(jsonata::Expression),
}

impl Node {
    fn is_literal(&self) -> bool {
        matches!(self, Node::Literal(_))
    }

    fn into_literal(self) -> Option<Value> {
        match self {
            Node::Literal(value) => Some(value),
            _ => None,
        }
    }
}

impl Template {
    /// All problems at once.
    pub fn compile(value: &Value) -> Result<Template, Vec<TemplateProblem>> {
        Compiler { field: None, pointer: Vec::new(), problems: Vec::new() }.compile(value)
    }

    /// The same for JSONata; `field` is where the template stands in its state: `Arguments`.
    pub fn compile_jsonata(value: &Value, field: &str) -> Result<Template, Vec<TemplateProblem>> {
        Compiler { field: Some(field), pointer: Vec::new(), problems: Vec::new() }.compile(value)
    }

    /// The one expression of which it consists, if it does.
    pub fn as_jsonata(&self) -> Option<&jsonata::Expression> {
        match &self.node {
            Node::Jsonata(expression) => Some(expression),
            _ => None,
        }
    }

    pub fn evaluate(&self, scope: &mut Scope) -> Result<Value, EvalError> {
        let value = evaluate(&self.node, scope, &mut Budget::new())?;
        check_depth(&value)?;
        Ok(value)
    }

    /// Every path that the template reads, in order.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        gather(&self.node, &mut paths);
        paths
    }

    /// The variables that it reads, each once, in order of first mention.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for path in self.paths() {
            if let Root::Variable(name) = path.root() {
                names.push(name.as_str());
            }
        }
        gather_jsonata(&self.node, &mut names);
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }
}

fn gather_jsonata<'a>(node: &'a Node, names: &mut Vec<&'a str>) {
    match node {
        Node::Literal(_) | Node::Expression { .. } => {}
        Node::Array(items) => items.iter().for_each(|item| gather_jsonata(item, names)),
        Node::Object(fields) => fields.iter().for_each(|(_, field)| gather_jsonata(field, names)),
        Node::Jsonata(expression) => names.extend(expression.variables()),
    }
}

fn gather<'a>(node: &'a Node, paths: &mut Vec<&'a Path>) {
    match node {
        Node::Literal(_) | Node::Jsonata(_) => {}
        Node::Array(items) => items.iter().for_each(|item| gather(item, paths)),
        Node::Object(fields) => fields.iter().for_each(|(_, field)| gather(field, paths)),
        Node::Expression { expression, .. } => paths.extend(expression.paths()),
    }
}

struct Compiler<'f> {
    /// For JSONata.
    field: Option<&'f str>,
    pointer: Vec<String>,
    problems: Vec<TemplateProblem>,
}

impl Compiler<'_> {
    fn compile(mut self, value: &Value) -> Result<Template, Vec<TemplateProblem>> {
        let node = self.node(value);
        if self.problems.is_empty() { Ok(Template { node }) } else { Err(self.problems) }
    }

    fn node(&mut self, value: &Value) -> Node {
        if self.pointer.len() > MAX_DEPTH {
            self.report("", "The template is nested too deeply".to_owned());
            return Node::Literal(Value::Null);
        }
        match value {
            Value::Array(items) => self.array(items),
            Value::Object(fields) => self.object(fields),
            Value::String(text) if self.field.is_some() => self.text(text),
            literal => Node::Literal(literal.clone()),
        }
    }

    /// A text of JSONata: an expression, if it says that it is one.
    fn text(&mut self, text: &str) -> Node {
        let Some(source) = jsonata::source(text) else { return Node::Literal(text.into()) };
        let location = format!("{}{}", self.field.unwrap_or_default(), self.pointer.concat());
        match jsonata::Expression::compile(source, location) {
            Ok(expression) => Node::Jsonata(expression),
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.report("", problem));
                Node::Literal(Value::Null)
            }
        }
    }

    fn array(&mut self, items: &[Value]) -> Node {
        let nodes: Vec<Node> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.inside(format!("[{index}]"), |compiler| compiler.node(item)))
            .collect();
        // What has no expression inside is copied as it is.
        if nodes.iter().all(Node::is_literal) {
            return Node::Literal(nodes.into_iter().filter_map(Node::into_literal).collect());
        }
        Node::Array(nodes)
    }

    fn object(&mut self, fields: &Map<String, Value>) -> Node {
        let nodes: Vec<(String, Node)> = fields.iter().map(|(name, value)| self.field(name, value)).collect();
        for (name, _) in &nodes {
            let field = format!("{name}.$");
            if self.field.is_none()
                && fields.contains_key(name)
                && fields.contains_key(&field)
                && !name.ends_with(".$")
            {
                self.report(&field, format!("The fields '{name}' and '{field}' cannot both be specified"));
            }
        }
        if nodes.iter().all(|(_, node)| node.is_literal()) {
            let fields = nodes.into_iter().filter_map(|(name, node)| Some((name, node.into_literal()?)));
            return Node::Literal(Value::Object(fields.collect()));
        }
        Node::Object(nodes)
    }

    fn field(&mut self, name: &str, value: &Value) -> (String, Node) {
        let Some(output) = name.strip_suffix(".$").filter(|_| self.field.is_none()) else {
            return (name.to_owned(), self.inside(format!("/{name}"), |compiler| compiler.node(value)));
        };
        let node = match value.as_str().and_then(Expression::parse) {
            Some(expression) => Node::Expression { field: name.to_owned(), expression },
            None => {
                let message = format!(
                    "The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
                );
                self.report(name, message);
                Node::Literal(Value::Null)
            }
        };
        (output.to_owned(), node)
    }

    fn inside<T>(&mut self, step: String, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.pointer.push(step);
        let result = inner(self);
        self.pointer.pop();
        result
    }

    fn report(&mut self, field: &str, message: String) {
        let problem = TemplateProblem { pointer: self.pointer.concat(), field: field.to_owned(), message };
        // Both of a pair of fields find the same problem.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

fn evaluate(node: &Node, scope: &mut Scope, budget: &mut Budget) -> Result<Value, EvalError> {
    budget.spend_steps(1)?;
    match node {
        Node::Literal(value) => Ok(budget.copy(value)?),
        Node::Array(items) => items.iter().map(|item| evaluate(item, scope, budget)).collect(),
        Node::Object(fields) => {
            let mut object = Map::with_capacity(fields.len());
            for (name, node) in fields {
                object.insert(name.clone(), evaluate(node, scope, budget)?);
            }
            Ok(Value::Object(object))
        }
        Node::Expression { field, expression } => expression.evaluate_within(field, scope, budget),
        Node::Jsonata(expression) => {
            let value = expression.evaluate(scope)?;
            budget.pay(&value)?;
            Ok(value)
        }
    }
}
