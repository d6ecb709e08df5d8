//! The closed list of intrinsic functions: their names, how many arguments they take, and where their rules are.

use serde_json::Value;

use super::{Arguments, Failure, arrays, data, numbers, text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Array,
    ArrayContains,
    ArrayGetItem,
    ArrayLength,
    ArrayPartition,
    ArrayRange,
    ArrayUnique,
    Base64Decode,
    Base64Encode,
    Format,
    Hash,
    JsonMerge,
    JsonToString,
    MathAdd,
    MathRandom,
    StringSplit,
    StringToJson,
    Uuid,
}

/// Name, fewest and most arguments.
const FUNCTIONS: [(Function, &str, usize, usize); 18] = [
    (Function::Array, "States.Array", 0, usize::MAX),
    (Function::ArrayContains, "States.ArrayContains", 2, 2),
    (Function::ArrayGetItem, "States.ArrayGetItem", 2, 2),
    (Function::ArrayLength, "States.ArrayLength", 1, 1),
    (Function::ArrayPartition, "States.ArrayPartition", 2, 2),
    (Function::ArrayRange, "States.ArrayRange", 3, 3),
    (Function::ArrayUnique, "States.ArrayUnique", 1, 1),
    (Function::Base64Decode, "States.Base64Decode", 1, 1),
    (Function::Base64Encode, "States.Base64Encode", 1, 1),
    (Function::Format, "States.Format", 1, usize::MAX),
    (Function::Hash, "States.Hash", 2, 2),
    (Function::JsonMerge, "States.JsonMerge", 3, 3),
    (Function::JsonToString, "States.JsonToString", 1, 1),
    (Function::MathAdd, "States.MathAdd", 2, 2),
    (Function::MathRandom, "States.MathRandom", 2, 3),
    (Function::StringSplit, "States.StringSplit", 2, 2),
    (Function::StringToJson, "States.StringToJson", 1, 1),
    (Function::Uuid, "States.UUID", 0, 0),
];

impl Function {
    pub fn named(name: &str) -> Option<Function> {
        FUNCTIONS.iter().find(|(_, known, ..)| *known == name).map(|(function, ..)| *function)
    }

    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Whether it can be called with so many arguments.
    pub(super) fn takes(self, count: usize) -> bool {
        let (_, _, fewest, most) = *self.row();
        (fewest..=most).contains(&count)
    }

    fn row(self) -> &'static (Function, &'static str, usize, usize) {
        FUNCTIONS.iter().find(|(function, ..)| *function == self).expect("every function has a row")
    }

    pub(super) fn apply(self, arguments: Arguments) -> Result<Value, Failure> {
        match self {
            Function::Array => arrays::array(arguments),
            Function::ArrayContains => arrays::contains(arguments),
            Function::ArrayGetItem => arrays::item(arguments),
            Function::ArrayLength => arrays::length(arguments),
            Function::ArrayPartition => arrays::partition(arguments),
            Function::ArrayRange => arrays::range(arguments),
            Function::ArrayUnique => arrays::unique(arguments),
            Function::Base64Decode => data::base64_decode(arguments),
            Function::Base64Encode => data::base64_encode(arguments),
            Function::Format => text::format(arguments),
            Function::Hash => data::hash(arguments),
            Function::JsonMerge => data::json_merge(arguments),
            Function::JsonToString => data::json_to_string(arguments),
            Function::MathAdd => numbers::add(arguments),
            Function::MathRandom => numbers::random(arguments),
            Function::StringSplit => text::split(arguments),
            Function::StringToJson => data::string_to_json(arguments),
            Function::Uuid => numbers::uuid(arguments),
        }
    }
}
