// The look of the orchestrator's page: light and dark, for a wide screen and a phone.

const sheet = `
:root{color-scheme:light dark;
--page:light-dark(#f4f5f7,#0d1014);--card:light-dark(#fff,#151a20);
--ink:light-dark(#171c23,#e7ebf0);--soft:light-dark(#5a6572,#96a2b0);
--line:light-dark(#e3e6eb,#242b34);--mark:light-dark(#2f5fb3,#6f9fe8)}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:860px;margin:auto;padding:28px 20px 40px}
h1{margin:0 0 18px;font-size:26px;line-height:1.2;letter-spacing:-.02em;overflow-wrap:anywhere}
h1 small{display:block;font-size:12px;font-weight:600;letter-spacing:.08em;color:var(--soft)}
.actions,form{display:flex;flex-wrap:wrap;gap:10px;align-items:center}
.actions{margin:0 0 20px}
button,select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:7px 14px;min-height:40px}
button{cursor:pointer}button:disabled{color:var(--soft);cursor:default}
label{display:flex;gap:6px;align-items:center}
:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
progress{display:block;width:100%;height:12px;accent-color:var(--mark)}
#at{margin:8px 0 20px;min-height:1.45em;overflow-wrap:anywhere}
ol{margin:0 0 20px;padding:14px 18px;list-style:none;background:var(--card);font-size:14px;
border:1px solid var(--line);border-radius:12px;overflow-wrap:anywhere}
ol:empty{display:none}li+li{margin-top:4px}
.note{color:var(--soft);font-size:14px}code{font-size:.95em}
@media(max-width:560px){main{padding:18px 12px 32px}
.actions,form,select,button{width:100%}}
`;

/** Lines joined: indentation is for the reader of this file only. */
export const STYLE = sheet.replaceAll('\n', '');
