//! What an expression reads from outside, for those who check it before it is ever evaluated.
//!
//! Names are resolved as the evaluator would: what a block, a function or a path binds is its own from there on.

use crate::ast::{Extra, Kind, Node, Pairs, Path, Stage};

/// Something that an expression reads from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub subject: Subject,
    /// Where: the end of the name, in UTF-16 units from the beginning of the expression.
    pub position: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A variable that the expression doesn't bind, and the plain field names that follow it: `$states.input.a` is
    /// `states` and `["input", "a"]`.
    Variable { name: String, fields: Vec<String> },
    /// A function that the expression doesn't bind, where it is called or handed over: `$sum(…)`.
    Function { name: String },
    /// `$$`, wherever it stands.
    Root,
    /// `$` where the context is still the input.
    Context,
    /// A field name (or `*`, `**`) where the context is still the input.
    Field { name: String },
}

/// Finds them all, in the order of the text as far as it is evaluated in order.
pub(crate) fn find(root: &Node) -> Vec<Reference> {
    let mut finder = Finder { found: Vec::new(), bound: Vec::new() };
    finder.node(root, true);
    finder.found
}

struct Finder<'a> {
    found: Vec<Reference>,
    /// Names that are bound where the finder stands.
    bound: Vec<&'a str>,
}

impl<'a> Finder<'a> {
    fn note(&mut self, subject: Subject, position: usize) {
        self.found.push(Reference { subject, position });
    }

    /// `bare`: the context is still the input.
    fn node(&mut self, node: &'a Node, bare: bool) {
        let position = node.position;
        match &node.kind {
            Kind::Name(name) if bare => self.note(Subject::Field { name: name.to_string() }, position),
            Kind::Wildcard if bare => self.note(Subject::Field { name: "*".to_owned() }, position),
            Kind::Descendant if bare => self.note(Subject::Field { name: "**".to_owned() }, position),
            Kind::Context if bare => self.note(Subject::Context, position),
            Kind::Root => self.note(Subject::Root, position),
            Kind::Variable(variable) => self.variable(&variable.name, Vec::new(), position),
            Kind::Path(path) => self.path(path, bare),
            Kind::Chain(chain) => {
                self.node(&chain.first, bare);
                chain.links.iter().for_each(|link| self.node(&link.operand, bare));
            }
            Kind::Negate(operand) => self.node(operand, bare),
            Kind::Array(items) => items.iter().for_each(|item| self.node(item, bare)),
            Kind::Object(pairs) => self.pairs(pairs, bare),
            Kind::Range(pair) | Kind::Default(pair) | Kind::Coalesce(pair) | Kind::Apply(pair) => {
                self.node(&pair.0, bare);
                self.node(&pair.1, bare);
            }
            Kind::Block(block) => self.scoped(|finder| {
                block.expressions.iter().for_each(|expression| finder.node(expression, bare));
            }),
            Kind::Condition(condition) => {
                self.node(&condition.condition, bare);
                self.node(&condition.then, bare);
                condition.otherwise.iter().for_each(|otherwise| self.node(otherwise, bare));
            }
            Kind::Bind(bind) => {
                // A function may call itself by the name that it is about to get.
                if matches!(bind.value.kind, Kind::Lambda(_)) {
                    self.bound.push(&bind.name);
                }
                self.node(&bind.value, bare);
                self.bound.push(&bind.name);
            }
            Kind::Call(call) | Kind::Partial(call) => {
                match &call.procedure.kind {
                    Kind::Variable(variable) => self.function(&variable.name, call.procedure.position),
                    _ => self.node(&call.procedure, bare),
                }
                call.arguments.iter().for_each(|argument| self.node(argument, bare));
            }
            // The context of a function's body is that of the place where it is written.
            Kind::Lambda(lambda) => self.scoped(|finder| {
                finder.bound.extend(lambda.parameters.iter().map(|name| &**name));
                finder.node(&lambda.body, bare);
            }),
            Kind::Transform(transform) => {
                self.node(&transform.pattern, false);
                self.node(&transform.update, false);
                transform.delete.iter().for_each(|delete| self.node(delete, false));
            }
            Kind::Sort(terms) => terms.iter().for_each(|term| self.node(&term.expression, false)),
            _ => {}
        }
        if let Some(extra) = &node.extra {
            self.extra(extra);
        }
    }

    /// Filters and groupings have a context of their own.
    fn extra(&mut self, extra: &'a Extra) {
        self.bound.extend(extra.focus.iter().chain(&extra.index).map(|name| &**name));
        extra.predicates.iter().for_each(|predicate| self.node(predicate, false));
        for stage in &extra.stages {
            match stage {
                Stage::Filter(filter) => self.node(filter, false),
                Stage::Index(name) => self.bound.push(name),
            }
        }
        extra.group.iter().for_each(|group| self.pairs(group, false));
    }

    fn pairs(&mut self, pairs: &'a Pairs, bare: bool) {
        for (key, value) in &pairs.pairs {
            self.node(key, bare);
            self.node(value, bare);
        }
    }

    fn path(&mut self, path: &'a Path, bare: bool) {
        let mut steps = path.steps.iter();
        let Some(first) = steps.next() else { return };
        match (&first.kind, &first.extra) {
            (Kind::Variable(variable), None) => {
                let plain = path.steps[1..].iter().map_while(|step| match &step.kind {
                    Kind::Name(name) => Some((name.to_string(), step.extra.is_none())),
                    _ => None,
                });
                // A field that is filtered is still a field; what follows it isn't directly behind the variable.
                let mut fields = Vec::new();
                for (name, goes_on) in plain {
                    fields.push(name);
                    if !goes_on {
                        break;
                    }
                }
                self.variable(&variable.name, fields, first.position);
            }
            _ => self.node(first, bare),
        }
        steps.for_each(|step| self.node(step, false));
    }

    fn variable(&mut self, name: &str, fields: Vec<String>, position: usize) {
        if self.bound.contains(&name) {
            return;
        }
        let subject = match crate::functions::native(name) {
            Some(_) => Subject::Function { name: name.to_owned() },
            None => Subject::Variable { name: name.to_owned(), fields },
        };
        self.note(subject, position);
    }

    fn function(&mut self, name: &str, position: usize) {
        if !self.bound.contains(&name) {
            self.note(Subject::Function { name: name.to_owned() }, position);
        }
    }

    /// What is bound within is forgotten behind.
    fn scoped(&mut self, look: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        look(self);
        self.bound.truncate(before);
    }
}
