//! `10.0.0.0/24`: the addresses that begin with these bits.

use super::compile::Problem;
use std::net::IpAddr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    bits: u32,
}

impl Cidr {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let parts: Vec<_> = text.split('/').collect();
        let [address, bits] = parts[..] else {
            return Err(Problem::plain("Malformed CIDR, one '/' required"));
        };
        let bits: i64 =
            bits.parse().map_err(|_| Problem::plain("Malformed CIDR, mask bits must be an integer"))?;
        let network: IpAddr =
            address.parse().map_err(|_| Problem::plain(format!("Nonstandard IP address: {address}")))?;
        let (family, most) = if network.is_ipv4() { ("IPv4", 32) } else { ("IPv6", 128) };
        match u32::try_from(bits) {
            Err(_) if bits < 0 => Err(Problem::plain("Malformed CIDR, mask bits must not be negative")),
            Ok(bits) if bits < most => Ok(Self { network, bits }),
            _ => Err(Problem::plain(format!("{family} mask bits must be < {most}"))),
        }
    }

    pub fn has(&self, text: &str) -> bool {
        match (self.network, text.parse::<IpAddr>()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                (u32::from(network) ^ u32::from(address)).checked_shr(32 - self.bits).is_none_or(|it| it == 0)
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => (u128::from(network) ^ u128::from(address))
                .checked_shr(128 - self.bits)
                .is_none_or(|it| it == 0),
            _ => false,
        }
    }
}
