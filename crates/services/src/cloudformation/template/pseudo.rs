//! The parameters that every template has without declaring them.

use serde_json::Value;

/// What the pseudo parameters stand for in one stack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PseudoParameters {
    pub account_id: String,
    pub region: String,
    pub partition: String,
    pub url_suffix: String,
    pub stack_id: String,
    pub stack_name: String,
    pub notification_arns: Vec<String>,
}

/// `Ref` of it removes the property or list item that would have had the value.
pub const NO_VALUE: &str = "AWS::NoValue";

const NAMES: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    NO_VALUE,
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Is this the name of a pseudo parameter?
#[must_use]
pub fn is_pseudo_parameter(name: &str) -> bool {
    NAMES.contains(&name)
}

impl PseudoParameters {
    /// The value by its name; none for `AWS::NoValue` and for what is no pseudo parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value> {
        let text = match name {
            "AWS::AccountId" => &self.account_id,
            "AWS::Partition" => &self.partition,
            "AWS::Region" => &self.region,
            "AWS::StackId" => &self.stack_id,
            "AWS::StackName" => &self.stack_name,
            "AWS::URLSuffix" => &self.url_suffix,
            "AWS::NotificationARNs" => return Some(Value::from(self.notification_arns.clone())),
            _ => return None,
        };
        Some(Value::from(text.clone()))
    }
}
