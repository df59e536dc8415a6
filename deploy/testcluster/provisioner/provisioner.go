// Package provisioner makes a local volume for each claim, and removes it with the claim.
//
// Kubernetes' own host-path provisioner leaves folders that only root can write; volumes of type
// "local" honour fsGroup.
package provisioner

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	// Name stands in the storage class.
	Name = "testcluster.gaggle/local"

	askedOf = "volume.kubernetes.io/storage-provisioner"
	askedAt = "volume.kubernetes.io/selected-node"
	madeBy  = "pv.kubernetes.io/provisioned-by"
)

type provisioner struct {
	api    kubernetes.Interface
	folder string
}

// NewCommand is the provisioner as a command.
func NewCommand() *cobra.Command {
	var kubeconfig, folder string
	command := &cobra.Command{
		Use: "provisioner",
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			api, err := kubernetes.NewForConfig(config)
			if err != nil {
				return err
			}
			return (&provisioner{api, folder}).run(command.Context())
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	command.Flags().StringVar(&folder, "folder", "", "where the volumes' folders are made")
	return command
}

func (p *provisioner) run(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	// The resync tries again what failed.
	factory := informers.NewSharedInformerFactory(p.api, 10*time.Second)
	claims := factory.Core().V1().PersistentVolumeClaims().Informer()
	volumes := factory.Core().V1().PersistentVolumes().Informer()
	on(claims, func(object any) { p.claim(ctx, object.(*core.PersistentVolumeClaim)) })
	on(volumes, func(object any) { p.volume(ctx, object.(*core.PersistentVolume)) })
	factory.Start(ctx.Done())
	<-ctx.Done()
	return nil
}

func on(informer cache.SharedIndexInformer, see func(any)) {
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    see,
		UpdateFunc: func(_, object any) { see(object) },
	})
}

// claim makes the volume once the scheduler has said on which node it is needed.
func (p *provisioner) claim(ctx context.Context, claim *core.PersistentVolumeClaim) {
	node := claim.Annotations[askedAt]
	if claim.Status.Phase != core.ClaimPending || claim.Annotations[askedOf] != Name || node == "" {
		return
	}
	name := "pvc-" + string(claim.UID)
	path := filepath.Join(p.folder, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		klog.ErrorS(err, "cannot make a volume", "path", path)
		return
	}
	filesystem := core.PersistentVolumeFilesystem
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{madeBy: Name}},
		Spec: core.PersistentVolumeSpec{
			AccessModes:                   claim.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: claim.Spec.Resources.Requests[core.ResourceStorage]},
			ClaimRef:                      &core.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			NodeAffinity:                  only(node),
			PersistentVolumeReclaimPolicy: core.PersistentVolumeReclaimDelete,
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}},
			StorageClassName:              *claim.Spec.StorageClassName,
			VolumeMode:                    &filesystem,
		},
	}
	_, err := p.api.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{})
	if err != nil && !errors.IsAlreadyExists(err) {
		klog.ErrorS(err, "cannot create a volume", "claim", klog.KObj(claim))
	}
}

// volume removes what nobody claims any more.
func (p *provisioner) volume(ctx context.Context, volume *core.PersistentVolume) {
	ours := volume.Annotations[madeBy] == Name && volume.Spec.Local != nil
	if !ours || volume.Status.Phase != core.VolumeReleased ||
		volume.Spec.PersistentVolumeReclaimPolicy != core.PersistentVolumeReclaimDelete {
		return
	}
	if err := os.RemoveAll(filepath.Join(p.folder, volume.Name)); err != nil {
		klog.ErrorS(err, "cannot remove a volume", "volume", volume.Name)
		return
	}
	err := p.api.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, meta.DeleteOptions{})
	if err != nil && !errors.IsNotFound(err) {
		klog.ErrorS(err, "cannot delete a volume", "volume", volume.Name)
	}
}

func only(node string) *core.VolumeNodeAffinity {
	here := core.NodeSelectorRequirement{Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{node}}
	term := core.NodeSelectorTerm{MatchExpressions: []core.NodeSelectorRequirement{here}}
	return &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{term}}}
}
