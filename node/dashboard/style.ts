// The page's look: light and dark, a table on a wide screen and cards on a phone.

// Bars are drawn by the cells themselves: style attributes are not allowed by the page's policy,
// so the 51 lengths are classes.
const reaches = Array.from({ length: 51 }, (_, step) => `.w${step * 2}{--w:${step * 2}%}`).join('');

const sheet = `
:root{color-scheme:light dark;
--page:light-dark(#f4f5f7,#0d1014);--card:light-dark(#fff,#151a20);
--ink:light-dark(#171c23,#e7ebf0);--soft:light-dark(#5a6572,#96a2b0);
--line:light-dark(#e3e6eb,#242b34);--track:light-dark(#e9ecf0,#262e38);
--ok:light-dark(#2f9e6b,#3fb782);--warm:light-dark(#c98500,#e0a52e);
--hot:light-dark(#d1343f,#f2616b);--flat:light-dark(#6b86b8,#6f8fc9);
--hotink:light-dark(#b3202b,#ff8a92);--warmink:light-dark(#8a5a00,#edbd5c)}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.4 system-ui,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:auto;padding:28px 20px 40px}
header{display:flex;flex-wrap:wrap;align-items:end;gap:4px 16px;margin:0 0 18px}
h1{margin:0;font-size:26px;line-height:1.2;letter-spacing:-.02em;flex:1 1 auto;
overflow-wrap:anywhere}
h1 small{display:block;font-size:12px;font-weight:600;letter-spacing:.08em;color:var(--soft)}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--flat);outline-offset:2px;border-radius:3px}
button{font:inherit;font-size:13px;color:inherit;background:var(--card);cursor:pointer;
border:1px solid var(--line);border-radius:8px;padding:5px 12px;min-width:76px}
.sum{margin:0 0 4px;font-size:17px;font-weight:600}
.by{margin:0 0 18px;color:var(--soft);font-size:13px}
.note{margin:0 0 14px;padding:10px 14px;border-radius:10px;background:var(--card);
border:1px solid var(--line);border-left:4px solid var(--warm)}
table{width:100%;border-spacing:0;background:var(--card);border:1px solid var(--line);
border-radius:12px;overflow:hidden}
th,td{padding:9px 12px;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border:0;font-size:12px;font-weight:600;color:var(--soft)}
th:first-child,td:first-child{padding-left:18px}
tbody th{width:23%;min-width:150px;font-weight:600;overflow-wrap:anywhere}
tbody small,.o{font-size:12px;font-weight:400;color:var(--soft)}tbody small{display:block}
.o span{white-space:nowrap;margin-right:10px}.o b{font-weight:500;color:var(--ink)}
.s{white-space:nowrap;font-size:13px}.s::before{display:inline-block;width:1.4em;text-align:left}
.alive .s::before{content:"●";color:var(--ok)}
.suspect .s{color:var(--warmink);font-weight:600}.suspect .s::before{content:"▲"}
.dead .s{color:var(--hotink);font-weight:600}.dead .s::before{content:"✕"}
.left .s{color:var(--soft)}.left .s::before{content:"○"}
.m{width:12%;min-width:92px;white-space:nowrap}.o{width:17%}
.m i{font-style:normal;font-size:12px;color:var(--soft);margin-left:3px}
.m[class*=w]::after{content:"";display:block;height:4px;margin-top:6px;border-radius:2px;
background:linear-gradient(90deg,var(--c) var(--w),var(--track) 0)}
.ok{--c:var(--ok)}.flat{--c:var(--flat)}
.warm{--c:var(--warm);color:var(--warmink)}.hot{--c:var(--hot);color:var(--hotink);font-weight:600}
.dead .m,.left .m{color:var(--soft);font-weight:400;--c:var(--soft)}
.dead .o b,.left .o b{color:var(--soft)}
.dead>:first-child{box-shadow:inset 4px 0 var(--hot)}
.suspect>:first-child{box-shadow:inset 4px 0 var(--warm)}
.a{white-space:nowrap;font-size:13px;color:var(--soft)}
.e{padding:56px 20px;text-align:center;color:var(--soft);background:var(--card);
border:1px dashed var(--line);border-radius:12px}
footer{margin-top:16px;font-size:13px;color:var(--soft)}footer a{margin-right:14px}
@media(max-width:920px){main{padding:18px 12px 32px}
table{display:block;background:none;border:0;border-radius:0;overflow:visible}
thead{position:absolute;display:block;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tbody{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:10px}
tbody tr{display:grid;grid-template:max-content 1fr/1fr 1fr;gap:8px 22px;
padding:12px 14px;background:var(--card);border:1px solid var(--line);border-radius:12px}
tbody tr>*,tbody tr>:first-child{border:0;padding:0}
.dead>:first-child,.suspect>:first-child{box-shadow:none}
tr th,tr .m,tr .o{min-width:0;width:auto}
tr.dead{border-left:4px solid var(--hot)}tr.suspect{border-left:4px solid var(--warm)}
tbody th{grid-row:1/3}.s,.a{text-align:right}.a{grid-area:2/2}
.m{display:flex;flex-wrap:wrap;align-items:baseline}
.m::before{flex:1;font-size:12px;font-weight:400;color:var(--soft);content:attr(data-n)}
.m[class*=w]::after{flex:1 0 100%;margin-top:4px}
.o{grid-column:1/3}.o:empty{display:none}}
`;

/** Lines joined: indentation is for the reader of this file only. */
export const STYLE = sheet.replaceAll('\n', '') + reaches;
