// What the page does in a browser: fetches itself anew and swaps what changed. Without script the
// page reloads by its own meta element.

export const REFRESH_MS = 2_000;

// Not swapped while hidden, paused, or while text in it is selected; a link keeps its focus.
export const SCRIPT = `
const fleet=document.getElementById('fleet'),lost=document.getElementById('lost');
const button=document.querySelector('button');let paused=false;
button.hidden=false;
button.onclick=()=>{paused=!paused;button.textContent=paused?'Resume':'Pause'};
const refresh=async()=>{
const answer=await fetch(location.href,{signal:AbortSignal.timeout(5000)});
if(!answer.ok)throw new Error(answer.status);
const page=new DOMParser().parseFromString(await answer.text(),'text/html');
const focus=fleet.contains(document.activeElement)&&document.activeElement.getAttribute('href');
fleet.replaceChildren(...page.getElementById('fleet').childNodes);
document.title=page.title;
if(focus)fleet.querySelector('a[href="'+CSS.escape(focus)+'"]')?.focus();
};
const tick=async()=>{
if(!paused&&!document.hidden&&getSelection().type!=='Range')
await refresh().then(()=>{lost.hidden=true},()=>{lost.hidden=false});
setTimeout(tick,${REFRESH_MS});
};
setTimeout(tick,${REFRESH_MS});
`;
