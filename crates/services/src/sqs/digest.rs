//! The MD5 sums that SQS answers with and SDKs verify.

use crate::sqs::model::MessageAttribute;
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use stepwell_wire::ids::hex;

/// Of a body: its UTF-8 bytes.
#[must_use]
pub fn md5_of_body(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// Of attributes, by name: the lengths and bytes of name, type and value. `None` if there are none.
#[must_use]
pub fn md5_of_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut md5 = Md5::new();
    for (name, attribute) in attributes {
        add(&mut md5, name.as_bytes());
        add(&mut md5, attribute.data_type.as_bytes());
        if attribute.data_type.starts_with("Binary") {
            md5.update([2]);
            add(&mut md5, attribute.binary_value.as_deref().unwrap_or_default());
        } else {
            md5.update([1]);
            add(&mut md5, attribute.string_value.as_deref().unwrap_or_default().as_bytes());
        }
    }
    Some(hex(&md5.finalize()))
}

/// Of system attributes, likewise.
#[must_use]
pub fn md5_of_system_attributes(attributes: &BTreeMap<String, MessageAttribute>) -> Option<String> {
    md5_of_attributes(attributes)
}

fn add(md5: &mut Md5, bytes: &[u8]) {
    // A message has at most a megabyte, so a length fits.
    md5.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    md5.update(bytes);
}
