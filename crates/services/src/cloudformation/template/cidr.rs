//! `Fn::Cidr`: an address block cut into blocks of equal size.

use std::net::IpAddr;

const MAX_BLOCKS: u128 = 256;

/// `count` blocks with `bits` bits of their own each, from the beginning of `block`; none if that can't be.
pub fn blocks(block: &str, count: &str, bits: Option<&str>) -> Option<Vec<String>> {
    let (address, prefix) = block.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let prefix: u32 = prefix.parse().ok()?;
    let (whole, width) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let count: u128 = count.trim().parse().ok()?;
    let bits: u32 = bits.map_or(Some(if width == 32 { 8 } else { 64 }), |bits| bits.trim().parse().ok())?;
    if !(1..=MAX_BLOCKS).contains(&count)
        || prefix > width
        || bits == 0
        || bits >= 128
        || bits > width - prefix
    {
        return None;
    }
    if (width - prefix - bits) < 128 - (count - 1).leading_zeros() {
        return None;
    }
    let host_bits = width - prefix;
    let network = if host_bits == 128 { 0 } else { whole >> host_bits << host_bits };
    Some((0..count).map(|index| written(network + (index << bits), width, width - bits)).collect())
}

fn written(address: u128, width: u32, prefix: u32) -> String {
    if width == 32 {
        // INVARIANT: an IPv4 address and what is added to it below its prefix fit 32 bits.
        let address = u32::try_from(address).expect("an IPv4 block stays within 32 bits");
        return format!("{}/{prefix}", std::net::Ipv4Addr::from(address));
    }
    format!("{}/{prefix}", std::net::Ipv6Addr::from(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_each_other() {
        let cut = |block, count, bits| blocks(block, count, bits);
        assert_eq!(
            cut("10.0.0.0/16", "3", Some("8")).unwrap(),
            ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]
        );
        assert_eq!(cut("192.168.0.77/24", "6", Some("5")).unwrap()[5], "192.168.0.160/27");
        assert_eq!(cut("10.0.0.0/16", "256", None).unwrap()[255], "10.0.255.0/24");
        assert_eq!(cut("2001:db8::/56", "2", Some("64")).unwrap(), ["2001:db8::/64", "2001:db8:0:1::/64"]);
        assert_eq!(cut("0.0.0.0/0", "1", Some("32")).unwrap(), ["0.0.0.0/0"]);
        for (block, count, bits) in [
            ("10.0.0.0/16", "257", Some("4")),
            ("10.0.0.0/16", "0", Some("4")),
            ("10.0.0.0/24", "2", Some("8")),
            ("10.0.0.0/24", "1", Some("9")),
            ("10.0.0.0/33", "1", Some("0")),
            ("10.0.0.0", "1", Some("4")),
            ("x/8", "1", Some("4")),
            ("10.0.0.0/8", "-1", Some("4")),
            ("::/0", "1", Some("128")),
        ] {
            assert_eq!(cut(block, count, bits), None, "{block} {count} {bits:?}");
        }
    }
}
