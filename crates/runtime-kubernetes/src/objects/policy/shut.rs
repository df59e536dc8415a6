use super::{PRIVATE_V4, PRIVATE_V6};
use crate::config::KubernetesConfig;
use std::net::{IpAddr, SocketAddr};

/// Whether the rules of [`network_policy`](super::network_policy) let no agent reach this address, which is one of the
/// server's own. Only such an address can show whether they are enforced.
pub fn shuts_out(config: &KubernetesConfig, address: SocketAddr) -> bool {
    let (ip, port, network) = (address.ip().to_canonical(), address.port(), &config.network);
    let home = config.home.address().is_some_and(|(home, at)| home.to_canonical() == ip && at == port);
    let server = network.server.is_some() && port == config.home.port;
    let private = PRIVATE_V4.iter().chain(&PRIVATE_V6).any(|range| contains(range, ip));
    let public = !private && !network.blocked.iter().any(|range| contains(range, ip));
    let told = network.extra_egress.iter().any(|range| contains(range, ip));
    !(home || server || public || told)
}

/// Whether an address is of a range such as `10.0.0.0/8`.
fn contains(range: &str, address: IpAddr) -> bool {
    let Some((base, bits)) = range.split_once('/') else { return false };
    match (base.parse(), address, bits.parse::<u32>()) {
        (Ok(IpAddr::V4(base)), IpAddr::V4(address), Ok(bits)) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(bits)).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        (Ok(IpAddr::V6(base)), IpAddr::V6(address), Ok(bits)) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(bits)).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn ranges_hold_what_begins_as_they_do() {
        let held = |range: &str, address: &str| contains(range, address.parse().unwrap());
        assert!(held("10.0.0.0/8", "10.255.0.1") && !held("10.0.0.0/8", "11.0.0.1"));
        assert!(held("10.97.0.1/32", "10.97.0.1") && !held("10.97.0.1/32", "10.97.0.2"));
        assert!(held("0.0.0.0/0", "8.8.8.8") && !held("0.0.0.0/0", "::1"));
        assert!(held("fc00::/7", "fd00::1") && !held("fc00::/7", "2001:db8::1"));
        assert!(held("::/0", "2001:db8::1") && !held("nonsense", "10.0.0.1"));
    }
}
