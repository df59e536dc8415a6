//! The browser's large store: texts by name, the newest few. Where it is not to be had, nothing is kept.

use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode};

/// The database, and its one table.
const NAME: &str = "gaggle";
const TABLE: &str = "shelf";

/// So many texts are kept; each is at most as large as what goes with a message.
const MOST: u32 = 30;

/// What stands under this name.
pub(super) async fn get(name: &str) -> Option<String> {
    let table = open().await?.read()?;
    let found = done(&table.get(&name.into()).ok()?).await?;
    found.dyn_into::<Array>().ok()?.get(1).as_string()
}

/// Puts a text under this name, or takes it away. The oldest go where there are too many.
pub(super) async fn put(name: &str, text: Option<&str>) {
    let _ = write(name, text).await;
}

async fn write(name: &str, text: Option<&str>) -> Option<()> {
    let shelf = open().await?;
    let table = shelf.write()?;
    let Some(text) = text else {
        done(&table.delete(&name.into()).ok()?).await?;
        return Some(());
    };
    let value = Array::of2(&js_sys::Date::now().into(), &text.into());
    done(&table.put_with_key(&value, &name.into()).ok()?).await?;
    let keys = Array::from(&done(&shelf.read()?.get_all_keys().ok()?).await?);
    if keys.length() <= MOST {
        return Some(());
    }
    let values = Array::from(&done(&shelf.read()?.get_all().ok()?).await?);
    let age = |at: &u32| Array::from(&values.get(*at)).get(0).as_f64().unwrap_or(0.0);
    let oldest = (0..keys.length()).min_by(|a, b| age(a).total_cmp(&age(b)))?;
    done(&shelf.write()?.delete(&keys.get(oldest)).ok()?).await?;
    Some(())
}

/// The open database; closed when it goes.
struct Shelf(IdbDatabase);

impl Shelf {
    fn table(&self, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        self.0.transaction_with_str_and_mode(TABLE, mode).ok()?.object_store(TABLE).ok()
    }

    fn read(&self) -> Option<IdbObjectStore> {
        self.table(IdbTransactionMode::Readonly)
    }

    fn write(&self) -> Option<IdbObjectStore> {
        self.table(IdbTransactionMode::Readwrite)
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn open() -> Option<Shelf> {
    let request: IdbOpenDbRequest =
        leptos::prelude::window().indexed_db().ok()??.open_with_u32(NAME, 1).ok()?;
    let fresh = request.clone();
    let make = Closure::once(move |_: JsValue| {
        let database = fresh.result().ok().and_then(|found| found.dyn_into::<IdbDatabase>().ok());
        let _ = database.map(|database| database.create_object_store(TABLE));
    });
    request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
    let found = done(request.as_ref()).await;
    drop(make);
    found?.dyn_into().ok().map(Shelf)
}

/// Waits for what was asked for; nothing if it failed.
async fn done(request: &IdbRequest) -> Option<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.ok()?;
    request.result().ok()
}
