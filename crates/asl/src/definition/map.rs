//! The Map state: the same states for each item of an array, as frames of the execution (inline) or as executions of their
//! own (distributed).

use super::container::{self, Compiler, Container};
use super::distributed::{self, Distributed};
use super::fields::Fields;
use super::task::Seconds as Number;
use super::{MachineType, QueryLanguage, Reads};
use crate::diagnostic::Report;
use crate::path::Path;
use crate::template::Template;

#[derive(Clone, Debug)]
pub struct Map {
    /// `None`: the state's effective input is the array.
    pub items_path: Option<Path>,
    /// `Items`, in JSONata; without it the state's input is the array.
    pub items: Option<Template>,
    /// `ItemSelector`, or `Parameters` as it was called.
    pub item_selector: Option<Template>,
    /// 0 and absent mean no limit of the definition's own.
    pub max_concurrency: Option<Number>,
    pub processor: Container,
    /// `None`: inline.
    pub distributed: Option<Box<Distributed>>,
}

/// What only a distributed map has.
const DISTRIBUTED: &[&str] = &["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

/// AWS takes these on an inline map, where any failure is one too many.
const TOLERATED: &[&str] = &[
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
];

pub(crate) fn parse(fields: &Fields, compiler: &mut Compiler) -> Option<Map> {
    const FIELDS: &[&str] = &[
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "Assign",
        "Items",
        "Output",
        "Retry",
        "Catch",
        "ItemProcessor",
        "Iterator",
        "ItemsPath",
        "ItemSelector",
        "MaxConcurrency",
        "MaxConcurrencyPath",
    ];
    let language = compiler.language;
    let report = &mut compiler.report;
    fields.of_own_language(report);
    fields.only(&[super::COMMON, super::TRANSITION, FIELDS, DISTRIBUTED, TOLERATED], report);
    let items_path = fields.reference_path("ItemsPath", report);
    let items = match fields.language() {
        QueryLanguage::JsonPath => None,
        QueryLanguage::Jsonata => items(fields, report),
    };
    let item_selector = item_selector(fields, report);
    let max_concurrency = max_concurrency(fields, report);
    check_tolerated(fields, report);
    if !fields.exactly_one(&["ItemProcessor", "Iterator"], report) {
        return None;
    }
    let name = if fields.has("ItemProcessor") { "ItemProcessor" } else { "Iterator" };
    let processor = fields.object(name, report)?;
    processor.only(&[container::FIELDS, &["Comment", "ProcessorConfig"]], report);
    let distributed = match map_mode(fields, &processor, report)? {
        Mode::Inline => None,
        Mode::Distributed if compiler.machine_type == MachineType::Express => {
            let location = fields.field_location(name);
            report.schema(&location, "Express state machine does not support 'DISTRIBUTED' Map mode");
            return None;
        }
        Mode::Distributed => Some(Box::new(distributed::parse(fields, &processor, language, report)?)),
    };
    let processor = container::parse(&processor, compiler)?;
    Some(Map { items_path, items, item_selector, max_concurrency, processor, distributed })
}

/// An array, an object, or an expression for one.
fn items(fields: &Fields, report: &mut Report) -> Option<Template> {
    let value = fields.get("Items")?;
    if !fields.is_jsonata("Items") && !value.is_array() && !value.is_object() {
        report.schema(&fields.field_location("Items"), "Expected value of type [ARRAY, OBJECT]");
        return None;
    }
    fields.template("Items", report)
}

fn item_selector(fields: &Fields, report: &mut Report) -> Option<Template> {
    fields.at_most_one(&["ItemSelector", "Parameters"], report);
    // `Parameters` has been compiled, and its problems told, with the fields that most states have.
    match fields.template("ItemSelector", report) {
        Some(template) => Some(template),
        None if fields.language() == QueryLanguage::JsonPath => {
            Template::compile(fields.get("Parameters")?).ok()
        }
        None => None,
    }
}

fn max_concurrency(fields: &Fields, report: &mut Report) -> Option<Number> {
    fields.at_most_one(&["MaxConcurrency", "MaxConcurrencyPath"], report);
    if fields.is_jsonata("MaxConcurrency") {
        return fields.jsonata("MaxConcurrency", report).map(Number::Jsonata);
    }
    match fields.integer("MaxConcurrency", 0, u64::from(u32::MAX), report) {
        Some(most) => Some(Number::Literal(most)),
        None => fields.reference_path("MaxConcurrencyPath", report).map(Number::Path),
    }
}

fn check_tolerated(fields: &Fields, report: &mut Report) {
    fields.at_most_one(&["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"], report);
    fields.at_most_one(&["ToleratedFailureCount", "ToleratedFailureCountPath"], report);
    if !fields.is_jsonata("ToleratedFailurePercentage") {
        fields.number("ToleratedFailurePercentage", 0.0, 100.0, report);
    }
    if !fields.is_jsonata("ToleratedFailureCount") {
        fields.integer("ToleratedFailureCount", 0, u64::MAX, report);
    }
    // An inline map has no use for them, but they have to be expressions.
    fields.jsonata("ToleratedFailurePercentage", report);
    fields.jsonata("ToleratedFailureCount", report);
    fields.reference_path("ToleratedFailurePercentagePath", report);
    fields.reference_path("ToleratedFailureCountPath", report);
}

enum Mode {
    Inline,
    Distributed,
}

fn map_mode(fields: &Fields, processor: &Fields, report: &mut Report) -> Option<Mode> {
    let mode = match processor.object("ProcessorConfig", report) {
        None => "INLINE",
        Some(config) => mode(&config, report)?,
    };
    match mode {
        "INLINE" => {
            for name in DISTRIBUTED.iter().filter(|name| fields.has(name)) {
                report.schema(&fields.location(), format!("Field '{name}' is not supported"));
            }
            Some(Mode::Inline)
        }
        _ => Some(Mode::Distributed),
    }
}

fn mode<'a>(config: &Fields<'a>, report: &mut Report) -> Option<&'a str> {
    config.only(&[&["Mode", "ExecutionType"]], report);
    let mode = match config.has("Mode") {
        false => "INLINE",
        true => config.one_of("Mode", &["INLINE", "DISTRIBUTED"], report)?,
    };
    let execution_type = config.one_of("ExecutionType", &["STANDARD", "EXPRESS"], report);
    if mode == "INLINE" && execution_type.is_some() {
        report.schema(&config.location(), "Field 'ExecutionType' is not supported");
    }
    if mode == "DISTRIBUTED" {
        config.required(&["ExecutionType"], report);
    }
    Some(mode)
}

impl Map {
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        self.items_path.iter().for_each(|path| reads.path(path));
        self.items.iter().chain(&self.item_selector).for_each(|template| reads.template(template));
        self.max_concurrency.iter().for_each(|most| most.reads(reads));
        self.distributed.iter().for_each(|distributed| distributed.reads(reads));
    }
}
