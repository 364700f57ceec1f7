// What the orchestrator's page does in a browser: follows the events. Without script it reloads by
// its own meta element.

export const REFRESH_SECONDS = 2;

export const SCRIPT = `
const $=id=>document.getElementById(id);
const show=({state,file,experiment,share,progress,lines})=>{
$('state').textContent=state==='idle'?(file===''?'nothing started yet':file):file+', '+state;
$('bar').value=share;$('at').textContent=progress;
$('start').disabled=state!=='idle';$('stop').disabled=state!=='running';
$('lines').replaceChildren(...lines.map(line=>{
const item=document.createElement('li');item.textContent=line;return item}));
if(experiment!==undefined)$('number').textContent=experiment;
document.title=(state==='idle'?'':Math.round(share*100)+' % · ')+'Experiments · PrioMon';
};
const events=new EventSource('events');
events.addEventListener('status',event=>{$('lost').hidden=true;show(JSON.parse(event.data))});
events.onerror=()=>{$('lost').hidden=false};
`;
