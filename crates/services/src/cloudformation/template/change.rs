//! A change of a change set, in AWS's words. It is a row's part as well, so its fields are numbered for good.

use minicbor::{Decode, Encode};

/// An enumeration whose members are AWS's own words, numbered as they are stored.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($word:ident = $number:tt),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
        #[cbor(index_only)]
        pub enum $name {
            $(#[n($number)] $word),+
        }

        impl $name {
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => stringify!($word)),+
                }
            }
        }
    };
}

words! {
    /// What happens to the resource.
    Action { Add = 0, Modify = 1, Remove = 2 }
}
words! {
    /// Will a new physical resource take the place of the old one?
    Replacement { True = 0, False = 1, Conditional = 2 }
}
words! {
    /// The part of a resource's declaration that changes.
    Attribute {
        Properties = 0,
        Metadata = 1,
        CreationPolicy = 2,
        UpdatePolicy = 3,
        DeletionPolicy = 4,
        UpdateReplacePolicy = 5,
        Tags = 6,
    }
}
words! {
    /// Does changing a property make a new physical resource?
    Recreation { Never = 0, Conditionally = 1, Always = 2 }
}
words! {
    /// Is it certain now that the value changes?
    Evaluation { Static = 0, Dynamic = 1 }
}
words! {
    /// Where the change comes from.
    ChangeSource { ResourceReference = 0, ParameterReference = 1, ResourceAttribute = 2, DirectModification = 3, Automatic = 4 }
}
words! {
    /// What happens to one value.
    AttributeChange { Add = 0, Remove = 1, Modify = 2 }
}
words! {
    /// What becomes of the physical resource that goes.
    PolicyAction {
        Delete = 0,
        Retain = 1,
        Snapshot = 2,
        ReplaceAndDelete = 3,
        ReplaceAndRetain = 4,
        ReplaceAndSnapshot = 5,
    }
}

/// What a change set does to one resource.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ResourceChange {
    #[n(0)]
    pub action: Action,
    #[n(1)]
    pub logical_id: String,
    #[n(2)]
    pub physical_id: Option<String>,
    #[n(3)]
    pub resource_type: String,
    /// Of a modification.
    #[n(4)]
    pub replacement: Option<Replacement>,
    #[n(5)]
    pub scope: Vec<Attribute>,
    #[n(6)]
    pub details: Vec<Detail>,
    #[n(7)]
    pub policy_action: Option<PolicyAction>,
    /// The declaration before and after, as JSON; only where values are asked for.
    #[n(8)]
    pub before_context: Option<String>,
    #[n(9)]
    pub after_context: Option<String>,
}

/// One reason for a modification.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Detail {
    #[n(0)]
    pub target: Target,
    #[n(1)]
    pub evaluation: Evaluation,
    #[n(2)]
    pub change_source: ChangeSource,
    #[n(3)]
    pub causing_entity: Option<String>,
}

/// What is modified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Target {
    #[n(0)]
    pub attribute: Attribute,
    /// The property.
    #[n(1)]
    pub name: Option<String>,
    #[n(2)]
    pub requires_recreation: Recreation,
    /// What follows stands only where values are asked for.
    #[n(3)]
    pub path: Option<String>,
    #[n(4)]
    pub before_value: Option<String>,
    #[n(5)]
    pub after_value: Option<String>,
    #[n(6)]
    pub attribute_change: Option<AttributeChange>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_comes_back_from_its_row() {
        let change = ResourceChange {
            action: Action::Modify,
            logical_id: "A".to_owned(),
            physical_id: Some("a".to_owned()),
            resource_type: "AWS::SQS::Queue".to_owned(),
            replacement: Some(Replacement::Conditional),
            scope: vec![Attribute::Properties, Attribute::Tags],
            details: vec![Detail {
                target: Target {
                    attribute: Attribute::Properties,
                    name: Some("QueueName".to_owned()),
                    requires_recreation: Recreation::Always,
                    path: None,
                    before_value: Some("x".to_owned()),
                    after_value: None,
                    attribute_change: Some(AttributeChange::Remove),
                },
                evaluation: Evaluation::Dynamic,
                change_source: ChangeSource::ResourceAttribute,
                causing_entity: Some("B.Arn".to_owned()),
            }],
            policy_action: Some(PolicyAction::ReplaceAndRetain),
            before_context: Some("{}".to_owned()),
            after_context: None,
        };
        let row = minicbor::to_vec(&change).unwrap();
        assert_eq!(minicbor::decode::<ResourceChange>(&row).unwrap(), change);
        assert_eq!(change.policy_action.map(PolicyAction::as_str), Some("ReplaceAndRetain"));
    }
}
