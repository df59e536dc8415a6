use super::icon::{Glyph, Icon};
use crate::api::Project;
use crate::hook::Draft;
use crate::model::{attach, plain};
use crate::view;
use gaggle_shared::{ATTACHMENTS_BYTES, Accepts, AttachmentInfo, TurnId};
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileList};

/// Takes files along with what is being written; what is not taken is said.
pub(crate) fn take(
    draft: Draft,
    files: Option<FileList>,
    accepts: Option<Accepts>,
    said: RwSignal<Vec<String>>,
) {
    let files: Vec<File> =
        files.map(|all| (0..all.length()).filter_map(|at| all.get(at)).collect()).unwrap_or_default();
    said.set(Vec::new());
    spawn_local(async move {
        for file in files {
            let taken = read(&file, draft, accepts).await;
            if let Err(sentence) = taken {
                let _ = said.try_update(|said| said.push(sentence));
            }
        }
    });
}

async fn read(file: &File, draft: Draft, accepts: Option<Accepts>) -> Result<(), String> {
    let name = file.name();
    if file.size() > ATTACHMENTS_BYTES as f64 {
        return Err(attach::too_large(&name));
    }
    let read = JsFuture::from(file.array_buffer()).await;
    let read = read.map_err(|_| format!("{} could not be read.", plain::line(&name)))?;
    let bytes = js_sys::Uint8Array::new(&read).to_vec();
    let there = draft.attached.try_get_untracked().unwrap_or_default();
    draft.attach(attach::attach(&name, &file.type_(), bytes, accepts, &there)?);
    Ok(())
}

/// The button that chooses files.
#[component]
pub(crate) fn AttachButton(
    draft: Draft,
    accepts: Signal<Option<Accepts>>,
    said: RwSignal<Vec<String>>,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let some = move || accepts.get().is_none_or(|accepts| accepts.images || accepts.texts);
    let chosen = move |_| {
        if let Some(input) = node.get_untracked() {
            take(draft, input.files(), accepts.get_untracked(), said);
            // The same file may be chosen again.
            input.set_value("");
        }
    };
    view! {
        <Show when=some>
            <input node_ref=node type="file" multiple hidden aria-label="Files to attach" on:change=chosen/>
            <button
                type="button"
                class="btn ghost small square"
                aria-label="Attach files"
                title="Attach images or text files"
                on:click=move |_| {
                    if let Some(input) = node.get_untracked() {
                        input.click();
                    }
                }
            >
                <Icon glyph=Glyph::Plus/>
            </button>
        </Show>
    }
}

/// What comes along with the message that is being written.
#[component]
pub(crate) fn Attaching(draft: Draft, said: RwSignal<Vec<String>>) -> impl IntoView {
    view! {
        <Show when=move || !said.read().is_empty()>
            <div class="attach-said" role="alert">
                {move || said.get().into_iter().map(|one| view! { <p>{one}</p> }).collect_view()}
            </div>
        </Show>
        <Show when=move || !draft.attached.read().is_empty()>
            <ul class="attached" aria-label="Attachments">
                {move || draft.attached.get().into_iter().enumerate().map(|(index, one)| {
                    let (info, name) = (one.info(), plain::line(&one.name));
                    let label = format!("Remove {name}");
                    view! {
                        <li class="attachment">
                            {match attach::preview(&one) {
                                Some(src) => view! { <img src=src alt=""/> }.into_any(),
                                None => view! { <Icon glyph=Glyph::File/> }.into_any(),
                            }}
                            <span class="attachment-name">{name}</span>
                            <small>{attach::size(info.size)}</small>
                            <button
                                type="button"
                                class="btn ghost small square"
                                aria-label=label
                                on:click=move |_| {
                                    draft.detach(index);
                                    crate::hook::focus("composer");
                                }
                            >
                                <Icon glyph=Glyph::Close/>
                            </button>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </Show>
    }
}

/// What came with a message that was sent.
pub(crate) fn sent(api: &Project, turn: &TurnId, all: Vec<AttachmentInfo>) -> Option<AnyView> {
    let one = |(index, info): (usize, AttachmentInfo)| {
        let (href, name) = (api.attachment(turn, index), plain::line(&info.name));
        let size = attach::size(info.size);
        let drawn = match info.is_image() {
            true => view! { <img class="attached-image" src=href.clone() alt=name.clone() loading="lazy"/> }
                .into_any(),
            false => view! { <Icon glyph=Glyph::File/> }.into_any(),
        };
        view! {
            <li class="attachment" class:image=info.is_image()>
                <a href=href target="_blank" rel="noopener">
                    {drawn}
                    <span class="attachment-name">{name}</span>
                    <small>{size}</small>
                </a>
            </li>
        }
    };
    (!all.is_empty()).then(|| {
        let all = all.into_iter().enumerate().map(one).collect_view();
        view! { <ul class="attached" aria-label="Attachments">{all}</ul> }.into_any()
    })
}
