//! The steps of a path: the closed list of what may stand after its root, and how Jayway prints them.

use super::filter::Filter;

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// `.name`, `['name']`
    Name(String),
    /// `['a','b']`: at the end an object of these properties, elsewhere each of them.
    Names(Vec<String>),
    /// `[0]`, `[-1]`
    Index(i32),
    /// `[0,2]`
    Indexes(Vec<i32>),
    /// `[1:3]`, `[1:]`, `[:3]`
    Slice { from: Option<i32>, to: Option<i32> },
    /// `.*`, `[*]`
    Wildcard,
    /// `..`, always followed by a step that is tried on every object and array below
    Descend,
    /// `[?(…)]`
    Filter(Box<Filter>),
    /// `.length()`
    Function(Function),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Length,
    Keys,
    First,
    Last,
    Index(i32),
    /// `sum`, `min`, …: AWS's JSON reader has no numbers that Jayway would count, so these never find anything.
    Aggregate(&'static str),
}

impl Function {
    pub(super) fn named(name: &str, argument: Option<i32>) -> Option<Function> {
        match (name, argument) {
            ("length" | "size", None) => Some(Function::Length),
            ("keys", None) => Some(Function::Keys),
            ("first", None) => Some(Function::First),
            ("last", None) => Some(Function::Last),
            ("index", Some(index)) => Some(Function::Index(index)),
            (name, None) => {
                const AGGREGATES: [&str; 5] = ["avg", "max", "min", "stddev", "sum"];
                AGGREGATES.into_iter().find(|aggregate| *aggregate == name).map(Function::Aggregate)
            }
            _ => None,
        }
    }

    /// Whether it makes a value, rather than finding one in the document; then no step may follow.
    pub(super) fn makes_value(self) -> bool {
        matches!(self, Function::Length | Function::Keys | Function::Aggregate(_))
    }

    fn text(self) -> String {
        match self {
            Function::Length => ".length()".to_owned(),
            Function::Keys => ".keys()".to_owned(),
            Function::First => ".first()".to_owned(),
            Function::Last => ".last()".to_owned(),
            Function::Index(_) => ".index(...)".to_owned(),
            Function::Aggregate(name) => format!(".{name}()"),
        }
    }
}

/// Whether these steps can only name one node.
pub(super) fn are_definite(steps: &[Step]) -> bool {
    steps.iter().enumerate().all(|(at, step)| match step {
        Step::Name(_) | Step::Index(_) | Step::Function(_) => true,
        Step::Names(_) => at + 1 == steps.len(),
        Step::Indexes(_) | Step::Slice { .. } | Step::Wildcard | Step::Descend | Step::Filter(_) => false,
    })
}

/// A path as Jayway prints it: `$['a'][0]`.
pub(super) fn canonical(steps: &[Step]) -> String {
    let mut text = String::from("$");
    text.push_str(&fragment(steps));
    text
}

/// The same without the root.
pub(super) fn fragment(steps: &[Step]) -> String {
    steps.iter().map(one).collect()
}

fn one(step: &Step) -> String {
    match step {
        Step::Name(name) => format!("[{}]", quoted(name)),
        Step::Names(names) => format!("[{}]", join(names.iter().map(|name| quoted(name)))),
        Step::Index(index) => format!("[{index}]"),
        Step::Indexes(indexes) => format!("[{}]", join(indexes.iter().map(i32::to_string))),
        Step::Slice { from, to } => format!("[{}:{}]", optional(*from), optional(*to)),
        Step::Wildcard => "[*]".to_owned(),
        Step::Descend => "..".to_owned(),
        Step::Filter(_) => "[?]".to_owned(),
        Step::Function(function) => function.text(),
    }
}

fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn optional(index: Option<i32>) -> String {
    index.map(|index| index.to_string()).unwrap_or_default()
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}
