use gaggle_shared::ProjectId;
use std::{collections::HashMap, net::IpAddr};

/// Which project's pod has an address. One that a pod has lost may be another's at once.
#[derive(Debug, Default)]
pub(super) struct Addresses(HashMap<IpAddr, ProjectId>);

impl Addresses {
    /// Whether it is a pod's.
    pub(super) fn knows(&self, address: IpAddr) -> bool {
        self.0.contains_key(&address.to_canonical())
    }

    /// A project's pods had these addresses, and have those now.
    pub(super) fn moved(&mut self, project: &ProjectId, before: &[IpAddr], now: &[IpAddr]) {
        for address in before {
            if self.0.get(address).is_some_and(|owner| owner == project) {
                self.0.remove(address);
            }
        }
        self.0.extend(now.iter().map(|address| (*address, project.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_whoever_got_it_last() {
        let [one, two] = ["p1", "p2"].map(|id| ProjectId::parse(id).unwrap());
        let [a, b]: [IpAddr; 2] = ["10.244.0.5", "fd00::5"].map(|text| text.parse().unwrap());
        let mut addresses = Addresses::default();
        assert!(!addresses.knows(a));
        addresses.moved(&one, &[], &[a, b]);
        assert!(addresses.knows(a) && addresses.knows(b));
        assert!(addresses.knows("::ffff:10.244.0.5".parse().unwrap()), "the same in a socket for both");
        // The next pod has it before the end of the one before was seen.
        addresses.moved(&two, &[], &[a]);
        addresses.moved(&one, &[a, b], &[]);
        assert!(addresses.knows(a) && !addresses.knows(b));
        addresses.moved(&two, &[a], &[]);
        assert!(!addresses.knows(a));
    }
}
