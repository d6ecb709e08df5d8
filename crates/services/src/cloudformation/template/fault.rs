//! Every way in which a template, its parameters or a reference can be wrong, as facts with AWS's own words.
//!
//! The closed list of texts stands here and nowhere else. Each error also knows the place in the file where the
//! author has to look; AWS shows it only for text that is not well-formed, tools of ours may show it always.

use super::node::Place;

/// A fact about a template, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    pub fault: Box<Fault>,
    pub place: Option<Place>,
}

impl TemplateError {
    /// The AWS error code that this fact becomes at the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match *self.fault {
            Fault::InsufficientCapabilities { .. } => "InsufficientCapabilitiesException",
            _ => "ValidationError",
        }
    }

    /// AWS's message.
    #[must_use]
    pub fn message(&self) -> String {
        self.fault.to_string()
    }
}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.fault.fmt(formatter)
    }
}

impl std::error::Error for TemplateError {}

impl From<Fault> for TemplateError {
    fn from(fault: Fault) -> Self {
        Self { fault: Box::new(fault), place: None }
    }
}

/// A block of a template that holds references.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Conditions,
    Resources,
    Outputs,
}

impl std::fmt::Display for Block {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Conditions => "Conditions",
            Self::Resources => "Resources",
            Self::Outputs => "Outputs",
        })
    }
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.join(", "))
}

/// What is wrong. The texts are AWS's where AWS has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    // The text.
    #[error("Template format error: JSON not well-formed. (line {line}, column {column})")]
    JsonNotWellFormed { line: u32, column: u32 },
    #[error("Template format error: YAML not well-formed. (line {line}, column {column})")]
    YamlNotWellFormed { line: u32, column: u32 },
    #[error("Template format error: unsupported structure.")]
    UnsupportedStructure,
    #[error("Template error: YAML aliases are not allowed in CloudFormation templates")]
    YamlAlias,
    #[error("Template error: YAML merge keys are not allowed in CloudFormation templates")]
    YamlMergeKey,
    #[error(
        "Template format error: the template is nested more than {limit} levels deep. (line {line}, column {column})"
    )]
    TooDeep { limit: usize, line: u32, column: u32 },
    #[error("Template may not exceed {limit} bytes in size.")]
    TooLong { limit: usize },
    #[error("[{path}] 'null' values are not allowed in templates")]
    Null { path: String },

    // The sections.
    #[error("Invalid template property or properties {}", list(.0))]
    UnknownSections(Vec<String>),
    #[error("Template format error: unsupported value for AWSTemplateFormatVersion.")]
    UnsupportedVersion,
    #[error("Template format error: Every {0} member must be a string.")]
    MemberNotString(&'static str),
    #[error("Template format error: '{name}' length is greater than {limit}.")]
    MemberTooLong { name: &'static str, limit: usize },
    #[error("Template format error: {0} must be an object.")]
    SectionNotObject(&'static str),
    #[error("Template format error: Any {0} member must be an object.")]
    MemberNotObject(&'static str),
    #[error("Template format error: Number of {what}, {count}, is greater than maximum allowed, {limit}")]
    TooMany { what: &'static str, count: usize, limit: usize },
    #[error("Template format error: {section} name {name} is non alphanumeric.")]
    NameNotAlphanumeric { section: &'static str, name: String },
    #[error("Template format error: Outputs name '{0}' is non alphanumeric.")]
    OutputNameNotAlphanumeric(String),
    #[error("Template error: all resources and parameters must have unique names. Common name(s):{}", list(.0))]
    CommonNames(Vec<String>),
    #[error("Template format error: Every Mappings member {0} must be a map")]
    MappingNotMap(String),
    #[error("Template format error: Every Mappings attribute must be a String or a List.")]
    MappingAttribute,
    #[error(
        "Template format error: Mappings attribute name '{0}' must contain only alphanumeric characters."
    )]
    MappingAttributeName(String),

    // The resources.
    #[error("Template format error: At least one Resources member must be defined.")]
    NoResources,
    #[error("Template format error: [/Resources/{0}] Every Resources object must contain a Type member.")]
    NoType(String),
    #[error("Invalid template resource property '{0}'")]
    UnknownResourceProperty(String),
    #[error("Template format error: [/Resources/{resource}/{attribute}] must be an object.")]
    AttributeNotObject { resource: String, attribute: &'static str },
    #[error("Template format error: DependsOn must be a string or list of strings.")]
    DependsOn,
    #[error("Template format error: Unrecognized {attribute} {value} for resource {resource}")]
    UnknownPolicy { attribute: &'static str, value: String, resource: String },
    #[error("Template error: resource type {0} does not support deletion policy Snapshot")]
    NoSnapshot(String),
    #[error("Template format error: Unrecognized resource types: {}", list(.0))]
    UnrecognizedTypes(Vec<String>),
    #[error(
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: {}",
        list(.0)
    )]
    TypeChanged(Vec<String>),

    // The outputs.
    #[error("Invalid template outputs property '{0}'")]
    UnknownOutputProperty(String),
    #[error("Template format error: Every Outputs member must contain a Value object")]
    NoValue,
    #[error(
        "Template format error: Output {0} is malformed. The Name field of every Export member must be specified and \
         consist only of alphanumeric characters, colons, or hyphens."
    )]
    ExportName(String),
    #[error("Template format error: The Value field of every Outputs member must evaluate to a String.")]
    OutputNotString,

    // What is not there.
    #[error("Transform {0} is not supported: expand the template before it is deployed")]
    TransformUnsupported(String),
    #[error("The {0} section of a template is not supported")]
    SectionUnsupported(&'static str),
    #[error(
        "Template error: dynamic reference {0} can not be resolved: Systems Manager and Secrets Manager are not available"
    )]
    DynamicReference(String),
    #[error(
        "Template error: Parameter '{name}' is of type {kind}, which is not supported: Systems Manager is not available"
    )]
    ParameterStore { name: String, kind: String },
    #[error("Requires capabilities : [{}]", missing.join(", "))]
    InsufficientCapabilities { missing: Vec<&'static str> },

    // References.
    #[error("Template format error: Unresolved resource dependencies {} in the {block} block of the template", list(.names))]
    UnresolvedDependencies { names: Vec<String>, block: Block },
    #[error(
        "Template format error: Unresolved dependencies {}. Cannot reference resources in the Conditions block of the template",
        list(.0)
    )]
    ResourceInConditions(Vec<String>),
    #[error("Template error: instance of Fn::GetAtt references undefined resource {0}")]
    UndefinedResource(String),
    #[error("Template error: instance of Fn::Sub references invalid resource attribute {0}")]
    UndefinedSubAttribute(String),
    #[error("[Error] {path}: Resource type {resource_type} does not support attribute {{{attribute}}}.")]
    NoSuchAttribute { path: String, resource_type: String, attribute: String },
    #[error("Circular dependency between resources: {}", list(.0))]
    CircularDependency(Vec<String>),
    #[error("Template error: Found circular condition dependency: {}", list(.0))]
    CircularConditions(Vec<String>),
    #[error(
        "Template format error: Unresolved condition dependency {name} in the {block} block of the template"
    )]
    UnresolvedCondition { name: String, block: Block },
    #[error("Template error: unresolved condition dependency {0} in Fn::If")]
    UnresolvedIf(String),
    #[error("Template error: Mapping named '{0}' is not present in the 'Mappings' section of template.")]
    NoMapping(String),
    #[error("Template error: Unable to get mapping for {map}::{top}::{second}")]
    NoMappingValue { map: String, top: String, second: String },
    #[error("No export named {0} found")]
    NoExport(String),
    #[error("Template error: reference {0} not ready")]
    NotReady(String),

    // The functions.
    #[error("Template error: All References must be of type string")]
    RefShape,
    #[error("Template error: All Conditions must be of type string")]
    ConditionShape,
    #[error(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"
    )]
    GetAttShape,
    #[error(
        "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first \
         argument, and an optional second argument to specify a mapping of values to replace in the string"
    )]
    SubShape,
    #[error(
        "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons"
    )]
    SubVariableName,
    #[error(
        "Template error: every key of the context object of every Fn::Sub object must contain only alphanumeric characters and underscores"
    )]
    SubKeyName,
    #[error(
        "Template error: every value of the context object of every Fn::Sub object must be a string or a function that returns a string"
    )]
    SubValue,
    #[error(
        "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be \
         joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
    )]
    JoinShape,
    #[error(
        "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or \
         a function that returns a string to be split."
    )]
    SplitShape,
    #[error(
        "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
    )]
    SelectShape,
    #[error(
        "Template error: Fn::Select requires a list argument with a valid index value as its first element"
    )]
    SelectIndex,
    #[error("Template error: Fn::Select cannot select nonexistent value at index {0}")]
    SelectNothing(String),
    #[error("Template error: Fn::If requires a list argument with the first element being a condition")]
    IfCondition,
    #[error("Template error: Fn::If requires a list argument with three elements")]
    IfShape,
    #[error(
        "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"
    )]
    FindInMapShape,
    #[error("Template error: every {0} object must have a String-typed value.")]
    NotString(&'static str),
    #[error(
        "Template error: every Fn::Cidr object requires two or three parameters, an IP address block, a count between 1 and 256, \
         and the number of subnet bits"
    )]
    CidrShape,
    #[error("Template error: every Fn::Equals object requires a list of 2 string parameters.")]
    EqualsShape,
    #[error(
        "Template error: every {0} object requires a list of at least 2 and at most 10 boolean parameters."
    )]
    AndOrShape(&'static str),
    #[error("Template error: every Fn::Not object requires one boolean parameter.")]
    NotShape,
    #[error(
        "Template format error: Conditions can only be boolean operations on parameters and other conditions"
    )]
    NotACondition,
    #[error(
        "Template error: Encountered unsupported function: {0} Supported functions are: [Fn::Base64, Fn::GetAtt, Fn::GetAZs, \
         Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, \
         Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr]"
    )]
    UnsupportedFunction(String),
    #[error("Template error: the values of the template grow beyond {limit} bytes")]
    ResolvedTooLong { limit: usize },

    // The parameters.
    #[error("Invalid template parameter property '{0}'")]
    UnknownParameterProperty(String),
    #[error("Template format error: Every Parameters object must contain a Type member.")]
    NoParameterType,
    #[error("Template format error: Unrecognized parameter type: {0}")]
    UnrecognizedParameterType(String),
    #[error("Template error: Parameter '{name}' {constraint} must be on a parameter of type {kind}")]
    ConstraintOfOtherType { name: String, constraint: &'static str, kind: &'static str },
    #[error("Template error: Parameter '{name}' {constraint} must be a number.")]
    ConstraintNotNumber { name: String, constraint: &'static str },
    #[error("Template error: Parameter '{name}' {low} must be less than {high}.")]
    ConstraintOrder { name: String, low: &'static str, high: &'static str },
    #[error("Parameter '{0}' AllowedPattern must be a valid regular expression.")]
    PatternInvalid(String),
    #[error("Parameter '{0}' AllowedPattern takes too many steps on the value.")]
    PatternTooComplex(String),
    #[error("Parameters: {} must have values", list(.0))]
    ParametersWithoutValue(Vec<String>),
    #[error("Parameters: {} do not exist in the template", list(.0))]
    UnknownParameters(Vec<String>),
    #[error("Parameter values specified for a template which does not require them.")]
    NoParametersExpected,
    #[error("Duplicate parameter key {0}")]
    DuplicateParameter(String),
    #[error(
        "Invalid input for parameter key {0}. Cannot specify usePreviousValue as true and non empty value for a parameter"
    )]
    PreviousAndValue(String),
    #[error("Parameter '{name}' {rule}")]
    ParameterValue { name: String, rule: String },
    #[error("Parameter {name} failed to satisfy constraint: {description}")]
    ParameterConstraint { name: String, description: String },
}

impl Fault {
    /// This fact, found there.
    #[must_use]
    pub fn at(self, place: Place) -> TemplateError {
        TemplateError { fault: Box::new(self), place: Some(place) }
    }
}
