//! Which requests are heard at all: a web page is not trusted because it is local.
//!
//! A request whose `Host` isn't ours is a page that rebound a name to this address; one whose `Origin` or `Sec-Fetch-Site` is
//! foreign comes from a page that its user happens to look at. SDKs and command lines send neither.

use std::net::IpAddr;
use stepwell_wire::Request;

/// The names and origins that are let in beside the loopback's own.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// Host names, in lower case, from `--host`.
    pub hosts: Vec<String>,
    /// Origins such as `https://console.example`, from `--cors-origin`.
    pub origins: Vec<String>,
}

/// Why a request is not heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unheard {
    Host(String),
    Origin(String),
}

impl std::fmt::Display for Unheard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Host(host) => {
                write!(formatter, "the host name `{host}` is not one of this server's; `--host` adds it")
            }
            Self::Origin(origin) => {
                write!(formatter, "a page of `{origin}` may not call this server; `--cors-origin` lets it")
            }
        }
    }
}

impl Guard {
    /// Lets the request pass, or says why not.
    ///
    /// # Errors
    /// What is foreign.
    pub fn check(&self, request: &Request) -> Result<(), Unheard> {
        let host = request.header("host").unwrap_or_default();
        if !self.is_own_host(host) {
            return Err(Unheard::Host(host.to_owned()));
        }
        if let Some(origin) = request.header("origin")
            && !self.is_own_origin(origin, host)
        {
            return Err(Unheard::Origin(origin.to_owned()));
        }
        match request.header("sec-fetch-site") {
            None | Some("same-origin" | "none") => Ok(()),
            // The origin was named by the operator, or it would not have come this far.
            Some(_) if request.header("origin").is_some() => Ok(()),
            Some(site) => Err(Unheard::Origin(site.to_owned())),
        }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        let name = name.trim_end_matches('.');
        name == "localhost"
            || name.ends_with(".localhost")
            // SDKs put an operation's prefix before the host they were given.
            || name == "sync-localhost"
            || name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
            || name.strip_prefix("sync-").is_some_and(|rest| rest.parse::<IpAddr>().is_ok())
            || self.hosts.iter().any(|own| name == own || name.strip_prefix("sync-") == Some(own))
    }

    fn is_own_origin(&self, origin: &str, host: &str) -> bool {
        let same =
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
        same || self.origins.iter().any(|own| own.eq_ignore_ascii_case(origin))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard {
            hosts: vec!["stepwell.example".to_owned()],
            origins: vec!["https://tools.example".to_owned()],
        }
    }

    fn check(headers: &[(&'static str, &'static str)]) -> Result<(), Unheard> {
        guard().check(&Request { headers: headers.to_vec(), ..Request::default() })
    }

    #[test]
    fn own_hosts_are_heard_and_others_not() {
        for host in [
            "localhost",
            "localhost:4566",
            "LOCALHOST:1",
            "127.0.0.1:4566",
            "[::1]:4566",
            "sqs.us-east-1.localhost:4566",
            "sync-localhost:4566",
            "sync-127.0.0.1:4566",
            "stepwell.example",
            "sync-stepwell.example",
            "10.1.2.3:80",
            "localhost.",
        ] {
            assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "sync-evil.example",
            "localhost.evil.example",
            "evil-localhost",
            "127.0.0.1.evil.example:4566",
        ] {
            assert_eq!(check(&[("host", host)]), Err(Unheard::Host(host.to_owned())));
        }
    }

    #[test]
    fn foreign_pages_are_not_heard() {
        let host = ("host", "localhost:4566");
        assert_eq!(
            check(&[host, ("origin", "http://localhost:4566"), ("sec-fetch-site", "same-origin")]),
            Ok(())
        );
        assert_eq!(
            check(&[host, ("origin", "https://tools.example"), ("sec-fetch-site", "cross-site")]),
            Ok(())
        );
        assert_eq!(check(&[host, ("sec-fetch-site", "none")]), Ok(()));
        for origin in ["https://evil.example", "null", "http://localhost:8000", "http://127.0.0.1:4566"] {
            assert_eq!(check(&[host, ("origin", origin)]), Err(Unheard::Origin(origin.to_owned())));
        }
        assert!(check(&[host, ("sec-fetch-site", "cross-site")]).is_err());
        assert!(check(&[host, ("sec-fetch-site", "same-site")]).is_err());
    }
}
