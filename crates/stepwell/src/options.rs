//! What every client command takes: where the server is, who asks, and how to answer. The environment variables are
//! those of AWS's own tools.

use clap::builder::OsStringValueParser;
use clap::{Args, ValueEnum};
use std::ffi::OsString;

pub const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:4566";

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Options {
    /// Where the server is
    #[arg(long, global = true, value_name = "URL", env = "AWS_ENDPOINT_URL", default_value = DEFAULT_ENDPOINT)]
    pub endpoint_url: String,
    /// The region to act in [default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, us-east-1]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Sign with this profile of ~/.aws/credentials [default: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then
    /// AWS_PROFILE, then `default`; the key test/test if there is none]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Trust the certificate authorities of this file, PEM, and no others, where the server speaks TLS
    #[arg(long, global = true, value_name = "FILE", env = "AWS_CA_BUNDLE",
        value_parser = OsStringValueParser::new())]
    pub ca_bundle: Option<OsString>,
}

/// How a command answers: said before the command or after it. No global option, since `callbacks succeed` has an `--output`
/// of another kind.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Format {
    /// Text for people, or JSON for scripts [default: text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    output: Option<Output>,
}

impl Format {
    /// This one, or the other where this one says nothing.
    pub fn or(self, other: Format) -> Format {
        Format { output: self.output.or(other.output) }
    }

    pub fn is_json(self) -> bool {
        self.output == Some(Output::Json)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

/// Whether a URL names this machine, by the form of its host.
pub fn is_loopback(endpoint: &str) -> bool {
    let Some(host) = endpoint.parse::<hyper::Uri>().ok().and_then(|url| url.host().map(str::to_owned)) else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for endpoint in [
            "http://127.0.0.1:4566",
            "http://localhost",
            "http://[::1]:1/",
            "https://a.localhost:2",
            "http://127.9.9.9",
        ] {
            assert!(is_loopback(endpoint), "{endpoint}");
        }
        for endpoint in ["http://10.0.0.1", "https://localhost.example", "http://0.0.0.0:1", "", "://"] {
            assert!(!is_loopback(endpoint), "{endpoint}");
        }
    }
}
