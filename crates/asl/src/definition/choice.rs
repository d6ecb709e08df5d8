//! The Choice state: rules in order, of which the first that holds decides; else `Default`.

use serde_json::Value;

use super::data_flow::Assign;
use super::fields::Fields;
use super::{QueryLanguage, Reads};
use crate::choice::{CLASSES, Comparison, Condition, ORDERED, Operand, Pattern, Test};
use crate::diagnostic::Report;
use crate::path::Path;
use crate::template::Template;

#[derive(Clone, Debug)]
pub struct Choice {
    pub rules: Vec<Rule>,
    pub default: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub condition: Condition,
    pub next: String,
    /// These take the place of the state's own.
    pub assign: Option<Assign>,
    pub output: Option<Template>,
}

/// What a rule can be, in the order of AWS's message.
const SHAPES: &[&str] = &["And", "Or", "Not", "Variable", "Condition"];

pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Choice> {
    fields.of_own_language(report);
    fields.only(
        &[super::COMMON, &["InputPath", "OutputPath", "Assign", "Output", "Choices", "Default"]],
        report,
    );
    let default = fields.string("Default", report).map(str::to_owned);
    if !fields.required(&["Choices"], report) {
        return None;
    }
    let choices = fields.objects("Choices", report)?;
    if choices.is_empty() {
        report.schema(&fields.field_location("Choices"), "Value cannot be empty");
    }
    let rules = choices.iter().flatten().filter_map(|choice| parse_rule(choice, report)).collect();
    Some(Choice { rules, default })
}

fn parse_rule(fields: &Fields, report: &mut Report) -> Option<Rule> {
    let has_next = fields.required(&["Next"], report);
    let condition = match fields.language() {
        QueryLanguage::JsonPath => parse_condition(fields, &["Next", "Assign"], report),
        QueryLanguage::Jsonata => parse_jsonata(fields, report),
    };
    let assign = Assign::parse(fields, report);
    let output = match fields.language() {
        QueryLanguage::JsonPath => None,
        QueryLanguage::Jsonata => fields.template("Output", report),
    };
    let next = if has_next { fields.string("Next", report) } else { None };
    Some(Rule { condition: condition?, next: next?.to_owned(), assign, output })
}

/// `Condition`: an expression, or what it would give.
fn parse_jsonata(fields: &Fields, report: &mut Report) -> Option<Condition> {
    if !exactly_one_shape(fields, report) {
        return None;
    }
    fields.only(&[&["Condition", "Next", "Assign", "Output", "Comment"]], report);
    if fields.is_jsonata("Condition") {
        return fields.jsonata("Condition", report).map(Condition::Jsonata);
    }
    fields.boolean("Condition", report).map(Condition::Constant)
}

fn parse_condition(fields: &Fields, besides: &[&str], report: &mut Report) -> Option<Condition> {
    if !exactly_one_shape(fields, report) {
        return None;
    }
    if fields.has("Condition") {
        let message = "The QueryLanguage is set to 'JSONPath', \
                       but field 'Condition' is only supported for the 'JSONata' QueryLanguage";
        report.schema(&fields.location(), message);
        return None;
    }
    if fields.has("And") {
        fields.only(&[besides, &["And", "Comment"]], report);
        return parse_list(fields, "And", report).map(Condition::And);
    }
    if fields.has("Or") {
        fields.only(&[besides, &["Or", "Comment"]], report);
        return parse_list(fields, "Or", report).map(Condition::Or);
    }
    if fields.has("Not") {
        fields.only(&[besides, &["Not", "Comment"]], report);
        let inner = fields.object("Not", report)?;
        return parse_condition(&inner, &[], report).map(|inner| Condition::Not(Box::new(inner)));
    }
    parse_comparison(fields, besides, report).map(Condition::Compare)
}

fn exactly_one_shape(fields: &Fields, report: &mut Report) -> bool {
    let found = SHAPES.iter().filter(|shape| fields.has(shape)).count() == 1;
    if !found {
        let message =
            format!("The object must have only one of the following fields, [{}]", SHAPES.join(", "));
        report.schema(&fields.location(), message);
    }
    found
}

fn parse_list(fields: &Fields, name: &str, report: &mut Report) -> Option<Vec<Condition>> {
    let values = fields.array(name, report)?;
    let location = fields.field_location(name);
    if values.is_empty() {
        report.schema(&location, "Value cannot be empty");
    }
    let mut conditions = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let Some(nested) = Fields::read(value, format!("{location}[{index}]"), report) else { continue };
        conditions.extend(parse_condition(&nested, &[], report));
    }
    Some(conditions)
}

fn parse_comparison(fields: &Fields, besides: &[&str], report: &mut Report) -> Option<Comparison> {
    let known = [besides, &["Variable", "Comment"]];
    let operators: Vec<&String> =
        fields.object.keys().filter(|key| !known.iter().any(|group| group.contains(&key.as_str()))).collect();
    let variable = variable(fields, "Variable", report);
    let test = match operators.as_slice() {
        [operator] => parse_test(fields, operator, report),
        [] => {
            let message = "This object should have only one of the following fields: [a comparison operator]";
            report.schema(&fields.location(), message);
            None
        }
        several => {
            let (ours, others): (Vec<&String>, Vec<&String>) =
                several.iter().partition(|name| is_operator(name));
            for other in others {
                report.schema(&fields.location(), format!("Field '{other}' is not supported"));
            }
            if ours.len() > 1 {
                let names = ours.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
                let message = format!("There should only be one of the following fields: [{names}]");
                report.schema(&fields.location(), message);
            }
            None
        }
    };
    Some(Comparison { variable: variable?, test: test? })
}

fn is_operator(name: &str) -> bool {
    let ordered = name.strip_suffix("Path").unwrap_or(name);
    name == "StringMatches"
        || CLASSES.iter().any(|(class, _)| *class == name)
        || ORDERED.iter().any(|(operator, ..)| *operator == ordered)
}

fn parse_test(fields: &Fields, operator: &str, report: &mut Report) -> Option<Test> {
    if operator == "StringMatches" {
        return fields.string(operator, report).map(|text| Test::Matches(Pattern::parse(text)));
    }
    if let Some((_, class)) = CLASSES.iter().find(|(name, _)| *name == operator) {
        return fields.boolean(operator, report).map(|operand| Test::Is(*class, operand));
    }
    let name = operator.strip_suffix("Path").unwrap_or(operator);
    let Some((_, kind, relation)) = ORDERED.iter().find(|(ordered, ..)| *ordered == name) else {
        report.schema(&fields.location(), format!("Field '{operator}' is not supported"));
        return None;
    };
    let operand = if name == operator {
        Operand::Literal(literal(fields, operator, *kind, report)?)
    } else {
        Operand::Path(variable(fields, operator, report)?)
    };
    Some(Test::Ordered { kind: *kind, relation: *relation, operand })
}

fn literal(fields: &Fields, name: &str, kind: crate::choice::Kind, report: &mut Report) -> Option<Value> {
    use crate::choice::Kind;
    match kind {
        Kind::String => fields.string(name, report).map(Value::from),
        Kind::Boolean => fields.boolean(name, report).map(Value::from),
        Kind::Numeric => {
            fields.number(name, f64::MIN, f64::MAX, report)?;
            fields.get(name).cloned()
        }
        Kind::Timestamp => {
            let text = fields.string(name, report)?;
            if crate::timestamp::parse(text).is_none() {
                report.schema(&fields.field_location(name), "String does not match RFC3339 timestamp");
                return None;
            }
            Some(text.into())
        }
    }
}

/// AWS takes full paths here, too, not only reference paths.
fn variable(fields: &Fields, name: &str, report: &mut Report) -> Option<Path> {
    let text = fields.string(name, report)?;
    if !text.starts_with('$') {
        let message = "Value is not a Reference Path: Reference path didn't start with '$'";
        report.schema(&fields.field_location(name), message);
        return None;
    }
    fields.path(name, report)
}

impl Choice {
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        for rule in &self.rules {
            rule.condition.reads(reads);
            reads.assign(rule.assign.as_ref());
            rule.output.iter().for_each(|output| reads.template(output));
        }
    }
}
