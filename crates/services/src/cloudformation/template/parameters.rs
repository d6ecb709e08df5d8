//! The parameters that a template declares: their types and constraints.

use super::fault::{Fault, TemplateError};
use super::node::{Members, Node, Place};
use super::sections::is_alphanumeric;

const MEMBERS: [&str; 11] = [
    "Type",
    "Default",
    "NoEcho",
    "AllowedValues",
    "AllowedPattern",
    "MaxLength",
    "MinLength",
    "MaxValue",
    "MinValue",
    "Description",
    "ConstraintDescription",
];

/// The types whose values AWS looks up in the account. Here they are texts.
const AWS_TYPES: [&str; 11] = [
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
];

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    NumberList,
    TextList,
    /// The name of a Systems Manager parameter that holds the value.
    Store,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        let item = name.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>'));
        match name {
            "String" => Some(Self::Text),
            "Number" => Some(Self::Number),
            "CommaDelimitedList" => Some(Self::TextList),
            "List<Number>" => Some(Self::NumberList),
            _ if AWS_TYPES.contains(&name) => Some(Self::Text),
            // AWS documents `List<String>` as unsupported, and takes it as a list of texts.
            _ if item.is_some_and(|item| item == "String" || AWS_TYPES.contains(&item)) => {
                Some(Self::TextList)
            }
            _ if name.starts_with("AWS::SSM::Parameter::Value<") && name.ends_with('>') => Some(Self::Store),
            _ => None,
        }
    }

    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::NumberList | Self::TextList)
    }

    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::NumberList)
    }
}

/// A member of the Parameters section.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    pub place: Place,
    /// As the template writes it.
    pub type_name: String,
    pub kind: Kind,
    pub default: Option<String>,
    pub no_echo: bool,
    pub allowed_values: Vec<String>,
    pub allowed_pattern: Option<String>,
    pub min_length: Option<f64>,
    pub max_length: Option<f64>,
    pub min_value: Option<f64>,
    pub max_value: Option<f64>,
    pub description: Option<String>,
    pub constraint_description: Option<String>,
}

impl Declaration {
    pub(super) fn parse(name: &str, node: &Node) -> Result<Self, TemplateError> {
        let members = node.as_map().ok_or_else(|| Fault::MemberNotObject("Parameters").at(node.place))?;
        if !is_alphanumeric(name) {
            return Err(
                Fault::NameNotAlphanumeric { section: "Parameter", name: name.to_owned() }.at(node.place)
            );
        }
        if let Some((key, member)) = members.iter().find(|(key, _)| !MEMBERS.contains(&key.as_str())) {
            return Err(Fault::UnknownParameterProperty(key.clone()).at(member.place));
        }
        let type_name = text(members, "Type")?.ok_or_else(|| Fault::NoParameterType.at(node.place))?;
        let declaration = Self {
            place: node.place,
            kind: Kind::of(&type_name)
                .ok_or_else(|| Fault::UnrecognizedParameterType(type_name.clone()).at(node.place))?,
            type_name,
            default: text(members, "Default")?,
            no_echo: text(members, "NoEcho")?.is_some_and(|value| value.eq_ignore_ascii_case("true")),
            allowed_values: allowed_values(members)?,
            allowed_pattern: text(members, "AllowedPattern")?,
            min_length: number(name, members, "MinLength")?,
            max_length: number(name, members, "MaxLength")?,
            min_value: number(name, members, "MinValue")?,
            max_value: number(name, members, "MaxValue")?,
            description: text(members, "Description")?,
            constraint_description: text(members, "ConstraintDescription")?,
        };
        declaration.check_constraints(name)?;
        Ok(declaration)
    }

    /// Each constraint belongs to a kind of value, and a lower bound stays below its upper one.
    fn check_constraints(&self, name: &str) -> Result<(), TemplateError> {
        let of_text = [
            ("MinLength", self.min_length.is_some()),
            ("MaxLength", self.max_length.is_some()),
            ("AllowedPattern", self.allowed_pattern.is_some()),
        ];
        let of_number = [("MinValue", self.min_value.is_some()), ("MaxValue", self.max_value.is_some())];
        let (foreign, kind): (&[(&'static str, bool)], _) =
            if self.kind.is_number() { (&of_text, "String") } else { (&of_number, "Number") };
        if let Some((constraint, _)) = foreign.iter().find(|(_, given)| *given) {
            return Err(
                Fault::ConstraintOfOtherType { name: name.to_owned(), constraint, kind }.at(self.place)
            );
        }
        for (low, high, names) in [
            (self.min_length, self.max_length, ("MinLength", "MaxLength")),
            (self.min_value, self.max_value, ("MinValue", "MaxValue")),
        ] {
            if low.zip(high).is_some_and(|(low, high)| low > high) {
                let fault = Fault::ConstraintOrder { name: name.to_owned(), low: names.0, high: names.1 };
                return Err(fault.at(self.place));
            }
        }
        Ok(())
    }
}

fn text(members: &Members, name: &'static str) -> Result<Option<String>, TemplateError> {
    let Some(node) = members.get(name) else { return Ok(None) };
    node.scalar_text().map(Some).ok_or_else(|| Fault::MemberNotString(name).at(node.place))
}

fn number(
    parameter: &str,
    members: &Members,
    constraint: &'static str,
) -> Result<Option<f64>, TemplateError> {
    let Some(text) = text(members, constraint)? else { return Ok(None) };
    match decimal(&text) {
        Some(number) => Ok(Some(number)),
        None => Err(Fault::ConstraintNotNumber { name: parameter.to_owned(), constraint }.into()),
    }
}

fn allowed_values(members: &Members) -> Result<Vec<String>, TemplateError> {
    let Some(node) = members.get("AllowedValues") else { return Ok(Vec::new()) };
    let values = node.as_list().and_then(|list| list.iter().map(Node::scalar_text).collect());
    values.ok_or_else(|| Fault::MemberNotString("AllowedValues").at(node.place))
}

/// A number as a parameter's value writes it.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let legal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.trim().bytes().all(legal) {
        return None;
    }
    text.trim().parse().ok()
}
