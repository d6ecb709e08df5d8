//! The bucket and the key that a request is about: both in the path, or the bucket before the server's name in the host.

use super::Resource;
use crate::message::Request;
use crate::uri;

/// What a request addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    pub bucket: Option<String>,
    pub key: Option<String>,
}

impl Target {
    /// `None` where the path is no UTF-8.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<Target> {
        let path = request.path.strip_prefix('/').unwrap_or(request.path);
        if let Some(bucket) = host_bucket(request.header("host").unwrap_or_default()) {
            return Some(Target { bucket: Some(bucket.to_owned()), key: decoded(path)? });
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        Some(Target { bucket: decoded(bucket)?, key: decoded(key)? })
    }

    /// What kind of thing that is.
    #[must_use]
    pub fn resource(&self) -> Resource {
        match (&self.bucket, &self.key) {
            (_, Some(_)) => Resource::Object,
            (Some(_), None) => Resource::Bucket,
            (None, None) => Resource::Service,
        }
    }
}

/// Nothing is `None` within: an empty segment names nothing.
fn decoded(segment: &str) -> Option<Option<String>> {
    let text = uri::decode(segment)?.into_owned();
    Some((!text.is_empty()).then_some(text))
}

/// Whether a host names S3: `s3.localhost`, `bucket.s3.eu-west-1.amazonaws.com`.
#[must_use]
pub fn is_s3_host(host: &str) -> bool {
    name(host).split('.').any(is_s3_label)
}

/// What stands before the server's own name. An address has nothing before it.
fn host_bucket(host: &str) -> Option<&str> {
    let name = name(host);
    if name.parse::<std::net::Ipv4Addr>().is_ok() || name.starts_with('[') {
        return None;
    }
    let before_s3 = name.match_indices('.').find(|(at, _)| {
        let rest = name.get(at + 1..).unwrap_or_default();
        is_s3_label(rest.split('.').next().unwrap_or_default())
    });
    if let Some((at, _)) = before_s3 {
        return name.get(..at);
    }
    name.strip_suffix(".localhost").filter(|bucket| !is_s3_label(bucket) && !bucket.starts_with("s3."))
}

fn is_s3_label(label: &str) -> bool {
    label == "s3" || label.starts_with("s3-")
}

fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
