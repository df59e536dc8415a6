use super::{ConfigError, Vars};
use gaggle_shared::{User, UserId};

const RULE: &str = "id:Name pairs with commas between, such as alice:Alice,bob:Bob; an id is a letter a-z, then at \
                    most 31 of a-z, 0-9 and -, and no id comes twice";

/// `GAGGLE_USERS`
pub(super) fn read(vars: &Vars) -> Result<Vec<User>, ConfigError> {
    let text = vars.get("GAGGLE_USERS").unwrap_or("alice:Alice,bob:Bob,carol:Carol");
    let users: Option<Vec<User>> = text.split(',').map(|pair| user(pair.trim())).collect();
    users.filter(|users| unique(users)).ok_or_else(|| vars.error("GAGGLE_USERS", RULE))
}

fn user(pair: &str) -> Option<User> {
    let (id, name) = pair.split_once(':').unwrap_or((pair, pair));
    let name = name.trim();
    let good = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let id = UserId::parse(id.trim()).ok()?;
    good.then(|| User { id, name: name.to_owned() })
}

fn unique(users: &[User]) -> bool {
    users.iter().enumerate().all(|(at, user)| users[..at].iter().all(|other| other.id != user.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read() {
        let ids = |text| read(&Vars::from([("GAGGLE_USERS", text)])).map(|users| users.len());
        assert_eq!(read(&Vars::default()).unwrap().len(), 3);
        assert_eq!(ids(" dora:Dora the Explorer , ed"), Ok(2));
        for bad in ["A:Alice", "a:Alice,a:Again", "a:", "a:b\nc", ",", "../x:X"] {
            assert!(ids(bad).is_err(), "{bad:?}");
        }
    }
}
